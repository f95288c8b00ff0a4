// SPDX-License-Identifier: Apache-2.0
// Internal to net: OpenSSL contexts as stox wants them, the trust store, and what OpenSSL's callbacks reach
// during a handshake.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/certificate_pair.hpp"
#include "net/openssl_ptr.hpp"

namespace stox::net {

/// What one connection's callbacks read and write; it outlives the SSL object that refers to it.
struct handshake_notes {
    const certificate_store* store = nullptr;  // for SNI; nullptr on the client side and after the handshake
    std::vector<std::string> alpn;             // what we accept, best first
    std::string chain_error;                   // first verdict against the peer's chain
    bool established = false;
    bool renegotiation = false;  // the peer tried; the connection must end
};

/// A context that shows `pair` and judges peers by `trust`: TLS 1.2 at least, security level 2, no
/// renegotiation, compression, tickets or cache. The error says why OpenSSL refuses the pair.
result<ssl_ctx_ptr> make_context(const certificate_pair& pair, X509_STORE* trust);

/// An SSL object of `context` whose callbacks use `notes`. A peer certificate is asked for and judged for any
/// purpose; its verdict never fails the handshake.
ssl_ptr make_connection(SSL_CTX* context, handshake_notes& notes, bool request_certificate);

/// Roots of the system, or of SSL_CERT_FILE and SSL_CERT_DIR, read now.
std::shared_ptr<X509_STORE> load_trust();

/// "" when the pair's chain leads to a root of `trust` now, else OpenSSL's words.
std::string chain_problem(const certificate_pair& pair, X509_STORE* trust);

/// Length-prefixed protocol names as ALPN carries them (RFC 7301 section 3.1).
std::string alpn_wire(const std::vector<std::string>& protocols);

}  // namespace stox::net
