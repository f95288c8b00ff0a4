// SPDX-License-Identifier: Apache-2.0
// Contact lists (RFC 3261 section 20.10).
#include "sip/header/contact.hpp"

#include <limits>

#include "base/text.hpp"

namespace stox::sip {

result<contact_list> read_contacts(const message& m) {
    contact_list out;
    for (const std::string_view value : m.all("Contact")) {
        if (value == "*") {
            if (out.wildcard) return error{"'*' twice"};
            out.wildcard = true;
            continue;
        }
        for (std::size_t pos = 0; pos <= value.size(); ++pos) {
            auto read = name_addr::parse(value, pos);
            if (!read) return read.error();
            out.addresses.push_back(std::move(*read));
            if (pos == value.size()) break;
        }
    }
    if (out.wildcard && !out.addresses.empty()) return error{"'*' beside an address"};
    return out;
}

std::optional<std::uint32_t> contact_expires(const name_addr& contact) {
    const std::string* value = contact.parameter("expires");
    if (value == nullptr) return std::nullopt;
    return parse_decimal<std::uint32_t>(*value, std::numeric_limits<std::uint32_t>::max());
}

}  // namespace stox::sip
