// SPDX-License-Identifier: Apache-2.0
#include "sip/transport/route_back.hpp"

namespace stox::sip {

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
    std::string stamped = top->to_string();
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
