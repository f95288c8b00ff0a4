// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/addresses.hpp"

namespace stox::xmpp::stream {

std::optional<std::string> domain_attribute(xml::element e, const char* name) {
    const auto parsed = jid::parse(xml::attribute(e, name));
    if (!parsed || !parsed->local().empty() || !parsed->resource().empty()) return std::nullopt;
    return parsed->domain();
}

result<jid> address_attribute(xml::element stanza, const char* name) {
    const auto text = xml::attribute(stanza, name);
    auto whole = jid::parse(text);
    return whole ? whole : jid::domain_of(text);
}

}  // namespace stox::xmpp::stream
