// SPDX-License-Identifier: Apache-2.0
#include "identity/home.hpp"

#include "base/text.hpp"
#include "identity/address_map.hpp"

namespace stox::identity {

std::string home_address(const xmpp::jid& address, const served_domains& served) {
    const auto domain = xmpp::domain_to_ascii(address.domain());
    if (domain && served.is_gateway_name(*domain))
        if (const auto original = original_of_guest(address)) return original->bare().to_string();
    return address.bare().to_string();
}

std::string home_address(const sip::uri& address, const served_domains& served) {
    if (const auto mapped = jid_from_uri(address)) return home_address(*mapped, served);
    return to_lower(address.user + "@" + address.host);
}

}  // namespace stox::identity
