// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/0115_caps.hpp"

#include <algorithm>
#include <tuple>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace stox::xmpp::xep {
namespace {

// Names the software, not the installation (section 4).
constexpr const char* software_node = "urn:stox:gateway";

template <class T>
bool has_twice(const std::vector<T>& sorted) {
    return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

void append(std::string& s, std::string_view part) { s.append(part).append(1, '<'); }

std::size_t parts_of(const disco_info& info) {
    auto count = info.identities.size() + info.features.size();
    for (const auto& form : info.forms) {
        count += 1 + form.fields.size();
        for (const auto& field : form.fields) count += field.values.size();
    }
    return count;
}

std::vector<std::string> identity_lines(const disco_info& info) {
    std::vector<std::string> lines;
    auto sorted = info.identities;
    std::sort(sorted.begin(), sorted.end(), [](const disco_identity& a, const disco_identity& b) {
        return std::tie(a.category, a.type, a.lang, a.name) < std::tie(b.category, b.type, b.lang, b.name);
    });
    for (const auto& i : sorted) lines.push_back(i.category + '/' + i.type + '/' + i.lang + '/' + i.name);
    return lines;
}

bool append_forms(std::string& s, std::vector<disco_form> forms) {
    std::sort(forms.begin(), forms.end(),
              [](const disco_form& a, const disco_form& b) { return a.form_type < b.form_type; });
    std::string_view last;
    for (auto& form : forms) {
        if (form.form_type == last) return false;
        last = form.form_type;
        append(s, form.form_type);
        std::sort(form.fields.begin(), form.fields.end(),
                  [](const disco_form::field& a, const disco_form::field& b) { return a.var < b.var; });
        for (auto& field : form.fields) {
            append(s, field.var);
            std::sort(field.values.begin(), field.values.end());
            for (const auto& value : field.values) append(s, value);
        }
    }
    return true;
}

}  // namespace

std::optional<std::string> caps_ver(const disco_info& info) {
    const auto identities = identity_lines(info);
    auto features = info.features;
    std::sort(features.begin(), features.end());
    if (has_twice(identities) || has_twice(features)) return std::nullopt;
    std::string s;
    for (const auto& line : identities) append(s, line);
    for (const auto& feature : features) append(s, feature);
    if (!append_forms(s, info.forms)) return std::nullopt;
    // '<' separates: one inside a part would let two different answers have one hash (section 5.1, note).
    if (static_cast<std::size_t>(std::count(s.begin(), s.end(), '<')) != parts_of(info)) return std::nullopt;
    return to_base64(digest(hash::sha1, s));
}

std::string caps_node_of(const disco_info& info) {
    return std::string(software_node) + '#' + caps_ver(info).value_or("");
}

std::string caps_element(const disco_info& info) {
    xml::document d;
    auto c = xml::add_child(d, ns_caps, "c");
    xml::set_attribute(c, "hash", "sha-1");
    xml::set_attribute(c, "node", software_node);
    xml::set_attribute(c, "ver", caps_ver(info).value_or(""));
    return xml::to_bytes(c);
}

void register_caps(disco& registry) { registry.add_feature(ns_caps); }

}  // namespace stox::xmpp::xep
