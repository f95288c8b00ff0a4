// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/0203_delay.hpp"

#include "xmpp/xep/0082_datetime.hpp"

namespace stox::xmpp::xep {
namespace {
constexpr const char* ns_delay = "urn:xmpp:delay";
}

std::optional<delay> read_delay(xml::element stanza) {
    const auto e = xml::child(stanza, ns_delay, "delay");
    const auto stamp = parse_datetime(xml::attribute(e, "stamp"));
    if (!stamp) return std::nullopt;
    return delay{*stamp, std::string(xml::attribute(e, "from"))};
}

void add_delay(xml::element stanza, const delay& d) {
    auto e = xml::add_child(stanza, ns_delay, "delay");
    if (!d.from.empty()) xml::set_attribute(e, "from", d.from);
    xml::set_attribute(e, "stamp", to_datetime(d.stamp));
}

}  // namespace stox::xmpp::xep
