// SPDX-License-Identifier: Apache-2.0
// What the resolver's tests reach besides dns/resolver.hpp; nothing else includes this.
#pragma once

#include <memory>
#include <string>

#include "dns/resolver.hpp"

namespace stox::dns {

/// make_resolver() with another file in the place of /etc/resolv.conf.
std::unique_ptr<resolver> make_resolver(executor ex, std::string servers, std::string resolv_conf);

/// RFC 8305 section 4 without the racing: interleaved from IPv6 where this host has it, else IPv4 first.
answer<net::ip_address> merge_families(answer<net::ip_address> v6, answer<net::ip_address> v4, bool has_ipv6);

}  // namespace stox::dns
