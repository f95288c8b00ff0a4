// SPDX-License-Identifier: Apache-2.0
// Internal to net: one TLS connection without I/O. Bytes from the peer go in with feed(), bytes for the peer
// come out of take_output(); tls_stream.cpp moves them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/tls.hpp"
#include "net/tls_context.hpp"

namespace stox::net {

class tls_engine {
  public:
    enum class step {
        done,         // did what was asked
        wants_input,  // feed() more, then ask again
        end,          // the peer closed its direction (close_notify)
        failed,       // see failure(); nothing more will work
    };

    /// A server's side; the certificate follows the client's SNI, else options.default_domain.
    static result<std::unique_ptr<tls_engine>> accepting(const certificate_store& store,
                                                         const tls_server_options& options);
    /// A client's side, ready to send its hello.
    static result<std::unique_ptr<tls_engine>> connecting(const certificate_store& store,
                                                          const tls_client_options& options);
    tls_engine(const tls_engine&) = delete;
    tls_engine& operator=(const tls_engine&) = delete;

    step handshake();
    /// Decrypted bytes into `into`; `count` is set when done.
    step read(std::span<char> into, std::size_t& count);
    /// Encrypts all of `bytes` (at most 16 KiB) into the output.
    step write(std::string_view bytes);
    /// Puts a close_notify into the output, once.
    void close_notify();

    void feed(std::string_view bytes);
    std::string take_output();

    const std::string& failure() const { return failure_; }
    /// What the handshake proved; after handshake() said done.
    const tls_peer& peer() const { return peer_; }

  private:
    tls_engine() = default;
    bool start(SSL_CTX* context, bool request_certificate);
    step failed(int code);
    void note_peer();

    handshake_notes notes_;  // before ssl_, whose callbacks refer to it
    ssl_ptr ssl_;
    tls_peer peer_;
    std::string failure_;
};

}  // namespace stox::net
