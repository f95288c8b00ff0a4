// SPDX-License-Identifier: Apache-2.0
// The parts of resolv.conf(5) that matter here: the servers and whether their AD bit may be believed. No
// search lists: stox asks for complete names only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/address.hpp"

namespace stox::dns {

struct name_servers {
    std::vector<net::socket_address> servers;  // at most 3, as glibc
    bool trust_ad = false;                     // "options trust-ad"
    std::vector<std::string> unusable;         // what stands in the place of an address and is none
    bool operator==(const name_servers&) const = default;
};

/// From the text of a resolv.conf; no usable nameserver line gives 127.0.0.1, as in glibc. An address may
/// carry a port ("127.0.0.1:5353", "[::1]:5353"). One with a zone ("fe80::1%eth0") cannot be used:
/// c-ares 1.18 knows no zones.
name_servers parse_resolv_conf(std::string_view text);

/// "ip:port,ip:port" or plain addresses; what is not an address is left out.
name_servers parse_server_list(std::string_view text);

/// The AD bit counts when the administrator says so or when no network lies between (design section 6).
bool believes_ad(const name_servers& s);

}  // namespace stox::dns
