// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/0030_disco.hpp"

#include <algorithm>

#include "xmpp/router.hpp"
#include "xmpp/xep/0115_caps.hpp"

namespace stox::xmpp::xep {
namespace {

constexpr std::string_view ns_data = "jabber:x:data";

// False when XEP-0115 section 5.4 step 3.6 says to ignore the form.
bool read_form(xml::element x, disco_form& form) {
    for (const auto& f : x.children("field")) {
        disco_form::field field{std::string(xml::attribute(f, "var")), {}};
        for (const auto& v : f.children("value")) field.values.push_back(xml::text_of(v));
        if (field.var != "FORM_TYPE") {
            form.fields.push_back(std::move(field));
            continue;
        }
        if (xml::attribute(f, "type") != "hidden" || field.values.empty()) return false;
        form.form_type = field.values.front();
    }
    return !form.form_type.empty();
}

void add_identity_element(xml::element query, const disco_identity& identity) {
    auto e = xml::add_child(query, ns_disco_info, "identity");
    xml::set_attribute(e, "category", identity.category);
    xml::set_attribute(e, "type", identity.type);
    if (!identity.name.empty()) xml::set_attribute(e, "name", identity.name);
    if (!identity.lang.empty()) xml::set_attribute(e, "xml:lang", identity.lang);
}

iq_answer answer_info(const disco& registry, const iq_request& request) {
    const auto& info = registry.info(kind_of_address(request.stanza.to));
    const auto node = xml::attribute(request.payload, "node");
    if (!node.empty() && node != caps_node_of(info))
        return iq_answer::error(stanza_error::of("item-not-found"));
    return iq_answer::result(disco_info_query(info, node));
}

// No address of ours has items: whom a domain reaches is not for strangers to list.
iq_answer answer_items(const iq_request& request) {
    if (!xml::attribute(request.payload, "node").empty())
        return iq_answer::error(stanza_error::of("item-not-found"));
    xml::document d;
    return iq_answer::result(xml::to_bytes(xml::add_child(d, ns_disco_items, "query")));
}

}  // namespace

address_kind kind_of_address(const jid& address) {
    if (address.local().empty()) return address_kind::gateway;
    return address.is_bare() ? address_kind::account : address_kind::client;
}

void disco::add_identity(address_kind kind, disco_identity identity) {
    infos_.at(static_cast<std::size_t>(kind)).identities.push_back(std::move(identity));
}

void disco::add_feature(address_kind kind, std::string feature) {
    auto& features = infos_.at(static_cast<std::size_t>(kind)).features;
    if (std::find(features.begin(), features.end(), feature) == features.end())
        features.push_back(std::move(feature));
}

void disco::add_feature(const std::string& feature) {
    for (std::size_t kind = 0; kind < address_kinds; ++kind)
        add_feature(static_cast<address_kind>(kind), feature);
}

std::string disco_info_query(const disco_info& info, std::string_view node) {
    xml::document d;
    auto query = xml::add_child(d, ns_disco_info, "query");
    if (!node.empty()) xml::set_attribute(query, "node", node);
    for (const auto& identity : info.identities) add_identity_element(query, identity);
    for (const auto& feature : info.features)
        xml::set_attribute(xml::add_child(query, ns_disco_info, "feature"), "var", feature);
    return xml::to_bytes(query);
}

disco_info read_disco_info(xml::element query) {
    disco_info out;
    for (const auto& c : query.children()) {
        const auto text = [&](const char* name) { return std::string(xml::attribute(c, name)); };
        if (xml::is(c, ns_disco_info, "identity")) {
            out.identities.push_back({text("category"), text("type"), text("name"), text("xml:lang")});
        } else if (xml::is(c, ns_disco_info, "feature")) {
            out.features.push_back(text("var"));
        } else if (xml::is(c, ns_data, "x")) {
            disco_form form;
            if (read_form(c, form)) out.forms.push_back(std::move(form));
        }
    }
    return out;
}

void register_disco(router& r, disco& registry) {
    registry.add_feature(ns_disco_info);
    registry.add_feature(ns_disco_items);
    r.respond(iq_type::get, ns_disco_info, "query",
              [&registry](const iq_request& request) { return answer_info(registry, request); });
    r.respond(iq_type::get, ns_disco_items, "query", answer_items);
}

}  // namespace stox::xmpp::xep
