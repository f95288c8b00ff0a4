// SPDX-License-Identifier: Apache-2.0
// IP addresses and socket addresses, their text forms and their classes (loopback, private, ...).
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stox::net {

using ip_address = boost::asio::ip::address;

struct socket_address {
    ip_address ip;
    std::uint16_t port = 0;
    bool operator==(const socket_address&) const = default;
    bool operator<(const socket_address& other) const {
        if (ip != other.ip) return ip < other.ip;
        return port < other.port;
    }
};

/// "192.0.2.1:5060", "[2001:db8::1]:5060"
std::string to_string(const socket_address& address);
/// "192.0.2.1", "[2001:db8::1]": as URIs and Via write hosts.
std::string to_host(const ip_address& ip);

/// An IPv4 or IPv6 literal, IPv6 with or without brackets; no zone ids, no names.
std::optional<ip_address> parse_ip(std::string_view text);
/// "ip:port" or "[ip6]:port".
std::optional<socket_address> parse_socket_address(std::string_view text);

/// IPv4-mapped IPv6 addresses as IPv4, everything else as it is.
ip_address unmapped(const ip_address& ip);
/// 127/8, ::1 and their mapped forms.
bool is_loopback(const ip_address& ip);
/// RFC 1918, fc00::/7, 100.64/10.
bool is_private(const ip_address& ip);
/// Unspecified, multicast, broadcast, link-local, 0/8 or loopback: never a place to send a stranger's traffic
/// to.
bool is_special(const ip_address& ip);

/// For limits per source: IPv4 as it is, IPv6 cut to its /64.
ip_address source_prefix(const ip_address& ip);

/// Every address of this host's interfaces that are up; loopback and IPv6 link-local ones left out. The last
/// answer again while the kernel cannot be asked.
std::vector<ip_address> interface_addresses();

/// False only where IPv6 sockets cannot be made at all (ipv6.disable=1).
bool kernel_has_ipv6();

struct socket_address_hash {
    std::size_t operator()(const socket_address& a) const;
};
struct ip_address_hash {
    std::size_t operator()(const ip_address& a) const;
};

}  // namespace stox::net
