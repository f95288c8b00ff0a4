// SPDX-License-Identifier: Apache-2.0
#include "config/words.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/text.hpp"

namespace stox::config {
namespace {

bool is_ip_of(int family, std::string_view text) {
    std::array<unsigned char, 16> out{};
    return text.size() < 64 && inet_pton(family, std::string(text).c_str(), out.data()) == 1;
}

// "host", "host:port", "[ip6]", "[ip6]:port", "ip6" -> host and port; an empty host when it is none of these.
next_hop split_port(std::string_view text) {
    next_hop out;
    std::string_view host = text, port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return out;
        host = text.substr(1, end - 1);
        if (!is_ip_of(AF_INET6, host)) return out;
        port = text.substr(end + 1);
        if (!port.empty() && port[0] != ':') return out;
        if (!port.empty()) port.remove_prefix(1);
        if (port.empty() && end + 1 != text.size()) return out;
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        host = text.substr(0, text.find(':'));
        port = text.substr(host.size() + 1);
        if (port.empty()) return out;
    }
    if (!port.empty()) {
        const auto number = parse_decimal<std::uint16_t>(port, 65535);
        if (!number || *number == 0) return out;
        out.port = *number;
    }
    out.host = host;
    return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t k = 1; k <= b.size(); ++k) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
            diagonal = row[k];
            row[k] = std::min({replaced, row[k] + 1, row[k - 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::string> to_domain(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty() || text.size() > 253 || is_ip(text)) return std::nullopt;
    for (const auto label : split(text, '.')) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
            return std::nullopt;
        if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; }))
            return std::nullopt;
    }
    return to_lower(text);
}

bool is_ip(std::string_view text) { return is_ip_of(AF_INET, text) || is_ip_of(AF_INET6, text); }

bool is_ip_and_port(std::string_view text) {
    const next_hop split = split_port(text);
    return split.port != 0 && is_ip(split.host);
}

std::optional<next_hop> to_next_hop(std::string_view text, bool for_sip) {
    std::string transport;
    for (const std::string_view scheme : {"sip:", "sips:", "xmpp:"}) {
        if (!istarts_with(text, scheme)) continue;
        if (for_sip == (scheme == "xmpp:")) return std::nullopt;
        if (scheme == "sips:") transport = "tls";
        text.remove_prefix(scheme.size());
        break;
    }
    if (const auto at = text.find(';'); at != std::string_view::npos) {
        constexpr std::string_view parameter = ";transport=";
        if (!istarts_with(text.substr(at), parameter)) return std::nullopt;
        const auto named = to_lower(text.substr(at + parameter.size()));
        if (named != "tcp" && named != "tls" && !(for_sip && named == "udp")) return std::nullopt;
        if (!transport.empty() && named != transport && named != "tcp") return std::nullopt;
        if (transport.empty()) transport = named;
        text = text.substr(0, at);
    }
    next_hop out = split_port(text);
    out.transport = transport;
    if (is_ip(out.host)) return out;
    auto name = to_domain(out.host);
    if (!name) return std::nullopt;
    out.host = std::move(*name);
    return out;
}

std::string to_text(const next_hop& hop) {
    std::string out = hop.host.find(':') == std::string::npos ? hop.host : '[' + hop.host + ']';
    if (hop.port != 0) out += ':' + std::to_string(hop.port);
    if (!hop.transport.empty()) out += ";transport=" + hop.transport;
    return out;
}

std::string_view nearest(std::string_view word, std::span<const std::string> candidates) {
    std::string_view best;
    std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
    if (word.size() > 64) return best;
    for (const auto& candidate : candidates) {
        const auto distance = edit_distance(word, candidate);
        if (distance >= least) continue;
        least = distance;
        best = candidate;
    }
    return best;
}

}  // namespace stox::config
