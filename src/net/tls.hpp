// SPDX-License-Identifier: Apache-2.0
// TLS over a byte stream, and the certificates of this host. Contexts are per domain, chosen by SNI; a reload
// builds new contexts beside the old ones, so running connections are never touched.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/byte_stream.hpp"
#include "net/tls_peer.hpp"
#include "runtime/awaitable.hpp"

namespace stox::net {

/// One certificate chain with its key, as loaded from disk.
struct certificate_info {
    certificate_names names;
    std::string source;  // path of the file
    wall_time not_before, not_after;
    bool self_signed = false;
    bool chain_valid = false;  // against the system's trust store, now
};

class certificate_store {
  public:
    /// `directories`: searched in order for *.pem (chain and key), NAME.crt + NAME.key, NAME/fullchain.pem +
    /// privkey.pem. `generated`: where a self-signed pair is made and kept for domains without one ("" =
    /// memory only).
    certificate_store(std::vector<std::filesystem::path> directories, std::filesystem::path generated);
    ~certificate_store();

    /// Reads the directories (blocking; call on a worker). A bad pair leaves the one it replaces in place and
    /// is said in the returned lines, one per problem. Thread-safe against running handshakes of the
    /// signalling thread only through swap_in().
    class loaded;
    std::shared_ptr<const loaded> load() const;
    /// Makes `next` the current set; signalling thread. Returns one clear line per problem met.
    std::vector<std::string> swap_in(std::shared_ptr<const loaded> next);

    /// load() only when a file's name, content, place or permissions changed since the last load(); nullptr
    /// otherwise. Worker thread.
    std::shared_ptr<const loaded> load_if_changed() const;

    std::vector<certificate_info> certificates() const;
    /// Whether a certificate that is valid (trusted chain, in time) covers the domain: part of the host
    /// owner's consent (design section 2).
    bool holds_valid_for(std::string_view domain) const;

    /// Internal to net: the OpenSSL context (SSL_CTX*) to present for a domain of ours, making a self-signed
    /// certificate when there is none. nullptr only when not even that works. Good until the next swap_in().
    void* context_for(std::string_view domain) const;
    /// Internal to net: the same for a name that a stranger chose (SNI): nullptr instead of making one.
    void* known_context_for(std::string_view domain) const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

struct tls_server_options {
    std::vector<std::string> alpn;    // acceptable protocols, e.g. {"xmpp-server"}; empty: no ALPN
    std::string default_domain;       // certificate to show without (or with unknown) SNI
    bool request_certificate = true;  // ask the client for one; its absence never fails the handshake
};
struct tls_client_options {
    std::string server_name;  // SNI; the name is NOT checked here: use covers() on tls()->names
    std::string own_domain;   // certificate to show when asked
    std::vector<std::string> alpn;
};

/// Hands `plain` over to a TLS server or client handshake of at most `limit`. The chain is verified and
/// recorded in tls(), never enforced here: each protocol decides. TLS 1.2 at least, no renegotiation, no
/// compression, no tickets needed. Throws boost::system::system_error on failure; `plain` is closed then.
awaitable<stream_ptr> accept_tls(stream_ptr plain, const certificate_store& store, tls_server_options options,
                                 milliseconds limit);
awaitable<stream_ptr> connect_tls(stream_ptr plain, const certificate_store& store,
                                  tls_client_options options, milliseconds limit);

}  // namespace stox::net
