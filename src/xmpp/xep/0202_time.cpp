// SPDX-License-Identifier: Apache-2.0
// Entity time (XEP-0202). A gateway serves users in many places, so its offset is that of UTC.
#include "xmpp/router.hpp"
#include "xmpp/xep/0082_datetime.hpp"
#include "xmpp/xep/all.hpp"

namespace stox::xmpp::xep {
namespace {
constexpr const char* ns_time = "urn:xmpp:time";
}

void register_time(router& r, disco& registry, std::function<wall_time()> now) {
    registry.add_feature(ns_time);
    r.respond(iq_type::get, ns_time, "time", [now = std::move(now)](const iq_request&) {
        xml::document d;
        auto time = xml::add_child(d, ns_time, "time");
        xml::add_text(xml::add_child(time, ns_time, "tzo"), "+00:00");
        xml::add_text(xml::add_child(time, ns_time, "utc"), to_datetime(now()));
        return iq_answer::result(xml::to_bytes(time));
    });
}

}  // namespace stox::xmpp::xep
