// SPDX-License-Identifier: Apache-2.0
#include "sip/transport/route_back.hpp"

#include "base/text.hpp"

namespace stox::sip {

namespace {

/// Where the parameter that starts at `pos` ends: the next semicolon outside quotes, or the end.
std::size_t parameter_end(std::string_view text, std::size_t pos) {
    bool quoted = false;
    for (; pos < text.size(); ++pos) {
        if (text[pos] == '"') quoted = !quoted;
        if (quoted && text[pos] == '\\') ++pos;
        if (!quoted && text[pos] == ';') return pos;
    }
    return text.size();
}

/// The element as the peer wrote it, which is what it will look for in our answer (RFC 3261 section 8.2.6),
/// with the `received` and `rport` of `top`.
std::string with_parameters(std::string_view element, const via& top) {
    std::size_t pos = parameter_end(element, 0);
    std::string out(element.substr(0, pos));
    while (pos < element.size()) {
        const std::size_t end = parameter_end(element, pos + 1);
        const std::string_view part = element.substr(pos, end - pos);
        const std::string_view name = trim(part.substr(1, part.find('=') - 1));
        if (!iequals(name, "received") && !iequals(name, "rport")) out += part;
        pos = end;
    }
    while (is_wsp(out.back())) out.pop_back();
    for (const auto* name : {"received", "rport"})
        if (const auto* value = top.parameter(name)) append_parameter(out, name, *value);
    return out;
}

}  // namespace

std::uint16_t default_port(transport t) { return t == transport::tls ? 5061 : 5060; }

std::optional<via> stamp_top_via(message& request, const net::socket_address& source) {
    const auto value = request.header("Via");
    if (!value) return std::nullopt;
    std::size_t pos = 0;
    auto top = via::parse(*value, pos);
    if (!top) {
        // Good enough to send a 400 back by; check() refuses what the strict reading does not take.
        auto readable = via::parse_for_refusal(*value);
        if (!readable) return std::nullopt;
        return *readable;
    }
    const auto ip = net::unmapped(source.ip);
    if (top->wants_rport() || net::parse_ip(top->host) != ip) top->set_received(ip.to_string());
    if (top->wants_rport()) top->set_parameter("rport", std::to_string(source.port));
    // The field may hold further elements behind a comma.
    std::string stamped = with_parameters(value->substr(0, pos), *top);
    stamped += value->substr(pos);
    request.remove_first("Via");
    request.prepend("Via", stamped);
    return *top;
}

net::socket_address reply_address(const via& top, const flow& f) {
    net::socket_address out = f.remote;
    if (f.kind == transport::udp && top.wants_rport()) return out;
    const bool usable = top.port && *top.port != 0;
    out.port = usable ? *top.port : default_port(f.kind);
    return out;
}

}  // namespace stox::sip
