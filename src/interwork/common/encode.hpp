// SPDX-License-Identifier: Apache-2.0
// What may stand in the syntax of the other side: the last gate for free text that crosses the border.
// Well-formed XML can carry CR and LF in values, SIP headers can carry bytes that XML cannot.
#pragma once

#include <string>
#include <string_view>

namespace stox::interwork {

/// One line of UTF-8 for a SIP header or a short XML text: every control character (C0, DEL, C1, U+2028,
/// U+2029) becomes a space, bad bytes U+FFFD; trimmed; at most `max` bytes.
std::string one_line(std::string_view text, std::size_t max = 1024);

/// The first `count` characters of one_line(text), with an ellipsis when there are more.
std::string first_characters(std::string_view text, std::size_t count);

/// A language tag (RFC 5646 syntax), lower case kept as it is; "" when it is none.
std::string language_tag(std::string_view text);

}  // namespace stox::interwork
