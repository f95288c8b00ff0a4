// SPDX-License-Identifier: Apache-2.0
// What a TLS handshake proved about the peer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stox::net {

/// The identities of a certificate: subjectAltName only, the common name never counts (RFC 9525 section 2).
struct certificate_names {
    std::vector<std::string> dns;        // dNSName, lower case A-labels, may start with "*."
    std::vector<std::string> srv;        // id-on-dnsSRV as "_xmpp-server.example.com" (RFC 4985)
    std::vector<std::string> xmpp_addr;  // id-on-xmppAddr (RFC 6120 section 13.7.1.4)
    std::vector<std::string> uri;        // uniformResourceIdentifier, e.g. "sip:example.com" (RFC 5922)
};

/// Whether the names cover `domain` (lower case A-labels) for the SRV service ("xmpp-server" or "sips"):
/// SRV-ID; for xmpp-server xmppAddr and DNS-ID with a whole left-most wildcard label only; for sips URI-ID
/// "sip:domain", or DNS-ID without wildcards when there is no such URI (RFC 5922 sections 7.1, 7.2).
bool covers(const certificate_names& names, std::string_view domain, std::string_view service);

struct tls_peer {
    bool has_certificate = false;
    bool chain_valid = false;  // up to a trusted root, in time, purpose any (serverAuth alone is enough)
    std::string chain_error;   // why not, in OpenSSL's words
    certificate_names names;
    std::string fingerprint;      // SHA-256 of the certificate, raw bytes; empty without one
    std::string key_fingerprint;  // SHA-256 of its SubjectPublicKeyInfo (TLSA selector 1), raw bytes
    std::string server_name;      // SNI that a client asked us for
    std::string alpn;             // agreed protocol, "" without
    std::string version, cipher;  // for the trace
};

}  // namespace stox::net
