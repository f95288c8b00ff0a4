// SPDX-License-Identifier: Apache-2.0
#include "xmpp/federation_redirect.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "xmpp/jid.hpp"

namespace stox::xmpp {

std::optional<other_host> parse_other_host(std::string_view text) {
    // The standard's own example has line ends around it.
    constexpr const char* blank = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
    text = text.substr(0, text.find_last_not_of(blank) + 1);
    other_host out;
    const auto colon = text.rfind(':');
    const bool has_port = colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
    std::string_view host = text;
    if (has_port) {
        const auto port = parse_decimal<std::uint16_t>(text.substr(colon + 1), UINT16_MAX);
        if (!port || *port == 0) return std::nullopt;
        out.port = *port;
        host = text.substr(0, colon);
    }
    if (host.starts_with('[') != host.ends_with(']')) return std::nullopt;
    const bool bracketed = host.starts_with('[');
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (const auto ip = net::parse_ip(host)) {
        if (ip->is_v6() != bracketed) return std::nullopt;
        out.host = ip->to_string();
        return out;
    }
    if (bracketed || host.find(':') != std::string_view::npos) return std::nullopt;
    const auto parsed = jid::parse(host);
    if (!parsed || !parsed->local().empty() || !parsed->resource().empty()) return std::nullopt;
    const auto ascii = domain_to_ascii(parsed->domain());
    if (!ascii) return std::nullopt;
    out.host = *ascii;
    return out;
}

bool may_follow(const net::ip_address& candidate, const net::ip_address& told_by,
                const std::vector<net::ip_address>& own) {
    const auto plain = net::unmapped(candidate);
    if (net::is_special(plain)) return false;
    if (net::is_private(plain) && !net::is_private(told_by)) return false;
    return std::find(own.begin(), own.end(), plain) == own.end();
}

}  // namespace stox::xmpp
