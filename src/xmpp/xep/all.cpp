// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/all.hpp"

#include "xmpp/xep/0115_caps.hpp"

namespace stox::xmpp::xep {

void register_all(router& r, disco& registry, const software& s, std::function<wall_time()> now) {
    registry.add_identity(address_kind::gateway, {"gateway", "sip", s.name, {}});
    registry.add_identity(address_kind::account, {"account", "registered", {}, {}});
    registry.add_identity(address_kind::client, {"client", "phone", s.name, {}});
    register_disco(r, registry);                 // XEP-0030
    register_version(r, registry, s);            // XEP-0092
    register_caps(registry);                     // XEP-0115
    register_ping(r, registry);                  // XEP-0199
    register_time(r, registry, std::move(now));  // XEP-0202
}

}  // namespace stox::xmpp::xep
