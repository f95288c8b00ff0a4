// SPDX-License-Identifier: Apache-2.0
// The one file that includes toml++ (it costs seconds to compile): text in, tree of settings out.
#include <toml++/toml.h>

#include "config/setting.hpp"

namespace stox::config {
namespace {

setting convert(const toml::node& node);

void fill(setting& out, const toml::table& table) {
    out.is = setting::kind::table;
    for (const auto& [key, value] : table)
        out.fields.push_back(named_setting{std::string(key.str()), convert(value)});
}

setting convert(const toml::node& node) {
    setting out;
    out.line = node.source().begin.line;
    if (const auto* flag = node.as_boolean()) {
        out.is = setting::kind::boolean;
        out.flag = flag->get();
    } else if (const auto* number = node.as_integer()) {
        out.is = setting::kind::integer;
        out.number = number->get();
    } else if (const auto* text = node.as_string()) {
        out.is = setting::kind::text;
        out.text = text->get();
    } else if (const auto* list = node.as_array()) {
        out.is = setting::kind::list;
        for (const auto& item : *list) out.items.push_back(convert(item));
    } else if (const auto* table = node.as_table()) {
        fill(out, *table);
    }
    return out;
}

}  // namespace

result<setting> parse_toml(std::string_view text) {
    try {
        const toml::table root = toml::parse(text);
        setting out;
        fill(out, root);
        return out;
    } catch (const toml::parse_error& e) {
        return error{std::string(e.description()), e.source().begin.line};
    }
}

}  // namespace stox::config
