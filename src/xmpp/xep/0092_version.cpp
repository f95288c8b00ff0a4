// SPDX-License-Identifier: Apache-2.0
// Software version (XEP-0092). The operating system is optional there and is not told.
#include "xmpp/router.hpp"
#include "xmpp/xep/all.hpp"

namespace stox::xmpp::xep {
namespace {
constexpr const char* ns_version = "jabber:iq:version";
}

void register_version(router& r, disco& registry, const software& s) {
    registry.add_feature(ns_version);
    r.respond(iq_type::get, ns_version, "query", [s](const iq_request&) {
        xml::document d;
        auto query = xml::add_child(d, ns_version, "query");
        xml::add_text(xml::add_child(query, ns_version, "name"), s.name);
        xml::add_text(xml::add_child(query, ns_version, "version"), s.version);
        return iq_answer::result(xml::to_bytes(query));
    });
}

}  // namespace stox::xmpp::xep
