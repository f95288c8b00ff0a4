// SPDX-License-Identifier: Apache-2.0
// Namespaces of server-to-server streams, and the pair of domains that everything on such a stream is
// authorised for. Domains are written as jid keeps them (lower-case U-labels).
#pragma once

#include <compare>
#include <string>

namespace stox::xmpp::stream {

inline constexpr const char* ns_server = "jabber:server";
inline constexpr const char* ns_component = "jabber:component:accept";
inline constexpr const char* ns_streams = "http://etherx.jabber.org/streams";
inline constexpr const char* ns_stream_errors = "urn:ietf:params:xml:ns:xmpp-streams";
inline constexpr const char* ns_tls = "urn:ietf:params:xml:ns:xmpp-tls";
inline constexpr const char* ns_sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
inline constexpr const char* ns_dialback = "jabber:server:dialback";
inline constexpr const char* ns_dialback_feature = "urn:xmpp:features:dialback";
inline constexpr const char* ns_bidi = "urn:xmpp:bidi";
inline constexpr const char* ns_bidi_feature = "urn:xmpp:features:bidi";
inline constexpr const char* ns_management = "urn:xmpp:sm:3";
inline constexpr const char* ns_limits = "urn:xmpp:stream-limits:0";
inline constexpr const char* ns_compress = "http://jabber.org/protocol/compress";
inline constexpr const char* ns_stanza_errors = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// Ours and theirs, whichever way the stanzas go.
struct domain_pair {
    std::string local, remote;
    auto operator<=>(const domain_pair&) const = default;
    bool operator==(const domain_pair&) const = default;
};

}  // namespace stox::xmpp::stream
