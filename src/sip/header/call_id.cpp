// SPDX-License-Identifier: Apache-2.0
// Call-ID (RFC 3261 section 25.1, `callid` and `word`).
#include "sip/header/call_id.hpp"

#include <algorithm>

#include "sip/syntax.hpp"

namespace stox::sip {
namespace {

bool is_word(std::string_view text) {
    constexpr std::string_view extra = "()<>:\\\"/[]?{}";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_token_char(c) || extra.find(c) != std::string_view::npos;
    });
}

}  // namespace

bool is_call_id(std::string_view text) {
    const std::size_t at = text.find('@');
    return is_word(text.substr(0, at)) && (at == std::string_view::npos || is_word(text.substr(at + 1)));
}

}  // namespace stox::sip
