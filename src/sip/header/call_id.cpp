// SPDX-License-Identifier: Apache-2.0
// Call-ID (RFC 3261 section 25.1, `callid` and `word`).
#include "sip/header/call_id.hpp"

#include "sip/syntax.hpp"

namespace stox::sip {
namespace {

constexpr char_class word_class("-.!%*_+`'~()<>:\\\"/[]?{}");

bool is_word(std::string_view text) { return !text.empty() && word_class.has_all(text); }

}  // namespace

bool is_call_id(std::string_view text) {
    const std::size_t at = text.find('@');
    return is_word(text.substr(0, at)) && (at == std::string_view::npos || is_word(text.substr(at + 1)));
}

}  // namespace stox::sip
