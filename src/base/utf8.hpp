// SPDX-License-Identifier: Apache-2.0
// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stox {

bool is_utf8(std::string_view bytes);

/// The text with every byte that is not valid UTF-8, and every character XML 1.0 cannot carry (NUL, C0
/// controls but TAB LF CR, U+FFFE, U+FFFF), replaced by U+FFFD. The result is valid in XML, SIP and MSRP
/// bodies alike.
std::string to_xml_text(std::string_view bytes);

/// At most `max` bytes of `text`, never cutting inside a character.
std::string_view utf8_prefix(std::string_view text, std::size_t max);

/// ISO-8859-1 bytes as UTF-8.
std::string latin1_to_utf8(std::string_view bytes);

}  // namespace stox
