// SPDX-License-Identifier: Apache-2.0
// Ping (XEP-0199): answered for every address, since it is the gateway that lives there.
#include "xmpp/router.hpp"
#include "xmpp/xep/all.hpp"

namespace stox::xmpp::xep {
namespace {
constexpr const char* ns_ping = "urn:xmpp:ping";
}

void register_ping(router& r, disco& registry) {
    registry.add_feature(ns_ping);
    r.respond(iq_type::get, ns_ping, "ping", [](const iq_request&) { return iq_answer::result(); });
}

}  // namespace stox::xmpp::xep
