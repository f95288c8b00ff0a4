// SPDX-License-Identifier: Apache-2.0
// Test support: the other end of a TLS connection, without our rules.
#pragma once

#include <string>

#include "net/byte_stream.hpp"
#include "net/openssl_ptr.hpp"
#include "tests/unit/net/test_certificates.hpp"

namespace stox::net::test {

/// A TLS peer on bare OpenSSL that shows any certificate (level 0) and may be told to misbehave.
class lax_peer {
  public:
    explicit lax_peer(const issued& shown, bool as_server) : context_(SSL_CTX_new(TLS_method())) {
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_use_certificate(context_.get(), shown.certificate.get());
        SSL_CTX_use_PrivateKey(context_.get(), shown.key.get());
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        if (as_server)
            SSL_set_accept_state(ssl_.get());
        else
            SSL_set_connect_state(ssl_.get());
    }

    SSL* ssl() { return ssl_.get(); }

    /// Goes on until the handshake is done, or either side gives up.
    awaitable<bool> handshake(byte_stream& plain) {
        std::string buffer(4096, '\0');
        for (;;) {
            const int code = SSL_do_handshake(ssl_.get());
            const bool waits = SSL_get_error(ssl_.get(), code) == SSL_ERROR_WANT_READ;
            ERR_clear_error();
            const auto out = output();
            co_await plain.write(out);
            if (code == 1) co_return true;
            if (!waits) co_return false;
            const auto count = co_await plain.read_some(buffer);
            if (count == 0) co_return false;
            BIO_write(SSL_get_rbio(ssl_.get()), buffer.data(), static_cast<int>(count));
        }
    }

  private:
    std::string output() {
        std::string out(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())), '\0');
        if (!out.empty()) BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
        return out;
    }

    ssl_ctx_ptr context_;
    ssl_ptr ssl_;
};

}  // namespace stox::net::test
