// SPDX-License-Identifier: Apache-2.0
#include "net/address.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "base/text.hpp"

namespace stox::net {

namespace asio_ip = boost::asio::ip;

namespace {

std::uint32_t v4_number(const ip_address& ip) { return unmapped(ip).to_v4().to_uint(); }

bool in_v4(const ip_address& ip, std::uint32_t network, int bits) {
    return (v4_number(ip) >> (32 - bits)) == (network >> (32 - bits));
}

ip_address from_sockaddr(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &address, sizeof in);
        return asio_ip::address_v4(ntohl(in.sin_addr.s_addr));
    }
    sockaddr_in6 in6{};
    std::memcpy(&in6, &address, sizeof in6);
    asio_ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &in6.sin6_addr, bytes.size());
    return asio_ip::address_v6(bytes);
}

bool usable(const ifaddrs& entry) {
    if (entry.ifa_addr == nullptr) return false;
    const auto family = entry.ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) return false;
    return (entry.ifa_flags & IFF_UP) != 0 && (entry.ifa_flags & IFF_LOOPBACK) == 0;
}

// The boost parser takes "1.2.3" forms on some systems and zone ids everywhere; protocols know neither.
bool looks_like_v4(std::string_view text) {
    return std::count(text.begin(), text.end(), '.') == 3 &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
}
bool looks_like_v6(std::string_view text) {
    return text.size() <= 45 && text.find(':') != text.npos && text.find('%') == text.npos;
}

}  // namespace

std::string to_host(const ip_address& ip) { return ip.is_v6() ? '[' + ip.to_string() + ']' : ip.to_string(); }

std::string to_string(const socket_address& address) {
    return to_host(address.ip) + ':' + std::to_string(address.port);
}

std::optional<ip_address> parse_ip(std::string_view text) {
    const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
    if (bracketed) text = text.substr(1, text.size() - 2);
    if (!looks_like_v6(text) && (bracketed || !looks_like_v4(text))) return std::nullopt;
    boost::system::error_code ec;
    const auto ip = asio_ip::make_address(std::string(text), ec);
    if (ec) return std::nullopt;
    return ip;
}

std::optional<socket_address> parse_socket_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    const auto host = text.substr(0, colon);
    const auto port = parse_decimal<std::uint16_t>(text.substr(colon + 1), 65535);
    const auto ip = parse_ip(host);
    if (!ip || !port || (ip->is_v6() && host.front() != '[')) return std::nullopt;
    return socket_address{*ip, *port};
}

ip_address unmapped(const ip_address& ip) {
    if (ip.is_v6() && ip.to_v6().is_v4_mapped())
        return asio_ip::make_address_v4(asio_ip::v4_mapped, ip.to_v6());
    return ip;
}

bool is_loopback(const ip_address& ip) { return unmapped(ip).is_loopback(); }

bool is_private(const ip_address& ip) {
    const auto plain = unmapped(ip);
    if (plain.is_v6()) return (plain.to_v6().to_bytes()[0] & 0xfe) == 0xfc;
    return in_v4(plain, 0x0a000000, 8) || in_v4(plain, 0xac100000, 12) || in_v4(plain, 0xc0a80000, 16) ||
           in_v4(plain, 0x64400000, 10);
}

bool is_special(const ip_address& ip) {
    const auto plain = unmapped(ip);
    if (plain.is_unspecified() || plain.is_multicast() || plain.is_loopback()) return true;
    if (plain.is_v4())
        return in_v4(plain, 0, 8) || in_v4(plain, 0x7f000000, 8) || in_v4(plain, 0xa9fe0000, 16) ||
               plain.to_v4() == asio_ip::address_v4::broadcast();
    // ::a.b.c.d (deprecated, RFC 4291 2.5.5.1) would lead round the IPv4 rules.
    const auto bytes = plain.to_v6().to_bytes();
    const bool v4_compatible = std::all_of(bytes.begin(), bytes.begin() + 12, [](auto b) { return b == 0; });
    return plain.to_v6().is_link_local() || v4_compatible;
}

ip_address source_prefix(const ip_address& ip) {
    const auto plain = unmapped(ip);
    if (plain.is_v4()) return plain;
    auto bytes = plain.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return asio_ip::address_v6(bytes);
}

std::vector<ip_address> interface_addresses() {
    // It needs a socket: while descriptors are out our own addresses must not become somebody else's.
    thread_local std::vector<ip_address> last_known;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return last_known;
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
    std::vector<ip_address> out;
    for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (!usable(*entry)) continue;
        const auto ip = from_sockaddr(*entry->ifa_addr);
        const bool repeated = std::find(out.begin(), out.end(), ip) != out.end();
        const bool link_local = ip.is_v6() && ip.to_v6().is_link_local();
        if (!repeated && !link_local && !ip.is_loopback()) out.push_back(ip);
    }
    last_known = out;
    return out;
}

bool kernel_has_ipv6() {
    const int probe = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return errno != EAFNOSUPPORT;
    ::close(probe);
    return true;
}

std::size_t ip_address_hash::operator()(const ip_address& a) const { return std::hash<ip_address>{}(a); }

std::size_t socket_address_hash::operator()(const socket_address& a) const {
    return ip_address_hash{}(a.ip) * 31 + a.port;
}

}  // namespace stox::net
