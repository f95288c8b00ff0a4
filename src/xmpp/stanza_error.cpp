// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stanza_error.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.hpp"

namespace stox::xmpp {
namespace {

constexpr std::string_view ns_stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";

// An error text is words for a person; more than this is somebody's mistake.
constexpr std::size_t max_text_bytes = 1024;

// RFC 6120 section 8.3.3: condition and its associated type.
constexpr std::array<std::pair<std::string_view, std::string_view>, 23> default_types{{
    {"bad-request", "modify"},
    {"conflict", "cancel"},
    {"feature-not-implemented", "cancel"},
    {"forbidden", "auth"},
    {"gone", "cancel"},
    {"internal-server-error", "cancel"},
    {"item-not-found", "cancel"},
    {"jid-malformed", "modify"},
    {"not-acceptable", "modify"},
    {"not-allowed", "cancel"},
    {"not-authorized", "auth"},
    {"payment-required", "auth"},  // RFC 3920 section 9.3.3; still sent by older servers
    {"policy-violation", "modify"},
    {"recipient-unavailable", "wait"},
    {"redirect", "modify"},
    {"registration-required", "auth"},
    {"remote-server-not-found", "cancel"},
    {"remote-server-timeout", "wait"},
    {"resource-constraint", "wait"},
    {"service-unavailable", "cancel"},
    {"subscription-required", "auth"},
    {"undefined-condition", "cancel"},
    {"unexpected-request", "wait"},
}};

std::string_view default_type(std::string_view condition) {
    const auto found = std::find_if(default_types.begin(), default_types.end(),
                                    [&](const auto& row) { return row.first == condition; });
    return found == default_types.end() ? std::string_view() : found->second;
}

bool is_type(std::string_view type) {
    return type == "auth" || type == "cancel" || type == "continue" || type == "modify" || type == "wait";
}

// The <error/> child, whatever content namespace the stream has.
xml::element error_child(xml::element stanza) {
    for (const auto& c : stanza.children("error"))
        if (xml::namespace_of(c) == xml::namespace_of(stanza)) return c;
    return {};
}

void add_error(xml::element reply, const stanza_error& error) {
    auto e = xml::add_child(reply, "", "error");
    xml::set_attribute(e, "type", is_type(error.type) ? error.type : default_type(error.condition));
    if (!error.by.empty()) xml::set_attribute(e, "by", error.by);
    auto condition = xml::add_child(e, ns_stanzas, error.condition);
    if (error.condition == "gone" || error.condition == "redirect") xml::add_text(condition, error.uri);
    if (error.text.empty()) return;
    auto text = xml::add_child(e, ns_stanzas, "text");
    xml::set_attribute(text, "xml:lang", "en");
    xml::add_text(text, utf8_prefix(error.text, max_text_bytes));
}

}  // namespace

stanza_error stanza_error::of(std::string_view condition, std::string_view text) {
    stanza_error out;
    out.condition = default_type(condition).empty() ? "undefined-condition" : condition;
    out.type = default_type(out.condition);
    out.text = text;
    return out;
}

stanza_error read_error(xml::element stanza) {
    auto out = stanza_error::of("undefined-condition");
    const auto e = error_child(stanza);
    for (const auto& c : e.children()) {
        if (xml::namespace_of(c) != ns_stanzas) continue;
        const std::string_view name = c.name();
        if (name == "text") {
            out.text = utf8_prefix(xml::text_of(c), max_text_bytes);
        } else if (!default_type(name).empty()) {
            out.condition = name;
            if (name == "gone" || name == "redirect") out.uri = xml::text_of(c);
        }
    }
    const auto type = xml::attribute(e, "type");
    out.type = is_type(type) ? type : default_type(out.condition);
    out.by = xml::attribute(e, "by");
    return out;
}

std::optional<std::string> error_reply(xml::element stanza, const stanza_error& error) {
    const auto type = xml::attribute(stanza, "type");
    if (type == "error" || (std::string_view(stanza.name()) == "iq" && type == "result")) return std::nullopt;
    stanza_error said = error;
    if (default_type(said.condition).empty()) said.condition = "undefined-condition";
    xml::document out;
    auto reply = xml::add_child(out, "", stanza.name());
    const auto copy = [&](const char* from, const char* to) {
        if (const auto a = stanza.attribute(from)) xml::set_attribute(reply, to, a.value());
    };
    copy("to", "from");
    copy("from", "to");
    copy("id", "id");
    xml::set_attribute(reply, "type", "error");
    add_error(reply, said);
    return xml::to_bytes(reply);
}

}  // namespace stox::xmpp
