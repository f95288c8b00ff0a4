// SPDX-License-Identifier: Apache-2.0
// `host [ ":" port ]` of RFC 3261 section 25.1, as URIs and Via write it. Nothing is resolved here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace stox::sip {

struct host_port {
    std::string host;  // lower case, no trailing dot; IPv6 in brackets
    std::optional<std::uint16_t> port;
};

/// A host name, an IPv4 address or an IPv6 reference in brackets (the brackets are needed, RFC 5118
/// section 4.2) in lower case, a name without its trailing dot (the root's; with and without it is one
/// domain); nullopt for anything else. The extra colon of the RFC 3261 grammar in
/// `[2001:db8:::192.0.2.1]` is taken out (RFC 5118 section 4.10).
std::optional<std::string> read_host(std::string_view text);
bool is_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);  // without brackets

/// The whole text as host and port; no white space.
result<host_port> read_host_port(std::string_view text);

}  // namespace stox::sip
