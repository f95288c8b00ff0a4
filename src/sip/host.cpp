// SPDX-License-Identifier: Apache-2.0
// Hosts in SIP (RFC 3261 section 25.1, RFC 5118, RFC 5954).
#include "sip/host.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace stox::sip {
namespace {

bool converts(int family, std::string_view text) {
    in6_addr address{};
    const std::string terminated(text);
    return terminated.size() == text.size() && text.find('\0') == std::string_view::npos &&
           inet_pton(family, terminated.c_str(), &address) == 1;
}

bool is_host_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty() || text.size() > 253) return false;
    for (const std::string_view label : split(text, '.')) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        // '_' is no host name character, but the names of service records and of some containers have it.
        if (!std::all_of(label.begin(), label.end(),
                         [](char c) { return is_alnum(c) || c == '-' || c == '_'; }))
            return false;
    }
    return true;
}

}  // namespace

bool is_ipv4(std::string_view text) { return text.size() <= 15 && converts(AF_INET, text); }
bool is_ipv6(std::string_view text) { return text.size() <= 45 && converts(AF_INET6, text); }

std::optional<std::string> read_host(std::string_view text) {
    std::string out = to_lower(text);
    if (!text.starts_with('[')) {
        if (!is_host_name(text)) return std::nullopt;
        if (out.ends_with('.')) out.pop_back();
        return out;
    }
    if (!text.ends_with(']')) return std::nullopt;
    const std::size_t triple = out.find(":::");
    if (triple != std::string::npos && out.find('.', triple) != std::string::npos) out.erase(triple, 1);
    return is_ipv6(std::string_view(out).substr(1, out.size() - 2)) ? std::optional(std::move(out))
                                                                    : std::nullopt;
}

result<host_port> read_host_port(std::string_view text) {
    host_port out;
    const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos) return error{"IPv6 address without closing bracket"};
    const std::size_t colon = text.find(':', bracket);
    auto host = read_host(text.substr(0, colon));
    if (!host) return error{"bad host"};
    out.host = std::move(*host);
    if (colon == std::string_view::npos) return out;
    out.port = parse_decimal<std::uint16_t>(text.substr(colon + 1), 65535);
    if (!out.port) return error{"bad port"};
    return out;
}

}  // namespace stox::sip
