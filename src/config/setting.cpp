// SPDX-License-Identifier: Apache-2.0
#include "config/setting.hpp"

namespace stox::config {

std::string_view name_of(setting::kind k) {
    switch (k) {
        case setting::kind::boolean:
            return "true or false";
        case setting::kind::integer:
            return "a whole number";
        case setting::kind::text:
            return "a text in quotes";
        case setting::kind::list:
            return "a list";
        case setting::kind::table:
            return "a table";
        case setting::kind::other:
            break;
    }
    return "a date, time or fraction";
}

bool field_reader::wants(setting::kind k) {
    if (setting_.is == k) return true;
    fail("must be " + std::string(name_of(k)) + ", not " + std::string(name_of(setting_.is)));
    return false;
}

void field_reader::read(bool& out) {
    if (wants(setting::kind::boolean)) out = setting_.flag;
}

void field_reader::read(std::string& out) {
    if (wants(setting::kind::text)) out = setting_.text;
}

void field_reader::read(std::vector<std::string>& out) {
    if (!wants(setting::kind::list)) return;
    out.clear();
    for (const auto& item : setting_.items) {
        if (item.is != setting::kind::text) {
            fail("must be a list of texts in quotes");
            return;
        }
        out.push_back(item.text);
    }
}

bool field_reader::whole_number(std::int64_t& out, std::int64_t least, std::int64_t most) {
    if (!wants(setting::kind::integer)) return false;
    if (setting_.number < least || setting_.number > most) {
        fail("must be " + std::to_string(least) + " to " + std::to_string(most) + ", not " +
             std::to_string(setting_.number));
        return false;
    }
    out = setting_.number;
    return true;
}

}  // namespace stox::config
