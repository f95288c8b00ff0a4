// SPDX-License-Identifier: Apache-2.0
// Token lists and Max-Forwards.
#include "sip/header/tokens.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sip/syntax.hpp"

namespace stox::sip {

std::vector<std::string_view> token_list(const message& m, std::string_view name) {
    std::vector<std::string_view> out = m.list(name);
    std::erase_if(out, [](std::string_view element) { return !is_token(element); });
    return out;
}

bool has_token(const message& m, std::string_view name, std::string_view token) {
    const bool exact = iequals(name, "Allow");
    const auto list = m.list(name);
    return std::any_of(list.begin(), list.end(), [&](std::string_view element) {
        return exact ? element == token : iequals(element, token);
    });
}

std::string join_tokens(const std::vector<std::string>& tokens) {
    std::string out;
    for (const std::string& token : tokens) {
        if (!out.empty()) out += ", ";
        out += token;
    }
    return out;
}

std::optional<int> max_forwards(const message& m) {
    const auto value = m.header("Max-Forwards");
    return value ? parse_decimal<int>(*value, 255) : std::nullopt;
}

}  // namespace stox::sip
