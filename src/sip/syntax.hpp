// SPDX-License-Identifier: Apache-2.0
// Character classes and the smallest lexical units of RFC 3261 section 25.1, shared by every SIP parser of
// this folder so that none of them has its own idea of a token, a quoted string or a list separator.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/text.hpp"

namespace stox::sip {

/// A set of ASCII characters: letters, digits and `extra`.
class char_class {
  public:
    constexpr explicit char_class(std::string_view extra, std::string_view more = {}) {
        for (unsigned c = 0; c < 128; ++c) in_[c] = is_alnum(static_cast<char>(c));
        for (const char c : extra) in_[static_cast<unsigned char>(c)] = true;
        for (const char c : more) in_[static_cast<unsigned char>(c)] = true;
    }
    constexpr bool has(char c) const { return in_[static_cast<unsigned char>(c)]; }
    constexpr bool has_all(std::string_view text) const {
        for (const char c : text)
            if (!has(c)) return false;
        return true;
    }

  private:
    std::array<bool, 256> in_{};
};

/// Bytes that stand for themselves in URIs (`unreserved` without letters and digits).
inline constexpr std::string_view uri_marks = "-_.!~*'()";

bool is_token_char(char c);
bool is_token(std::string_view text);  // one or more token characters
bool is_wsp(char c);                   // SP or HTAB
bool is_control(char c);               // C0 and DEL, HTAB included
/// Every '%' is followed by two hex digits.
bool escapes_are_whole(std::string_view text);

/// Moves `pos` over SP and HTAB.
void skip_wsp(std::string_view text, std::size_t& pos);

/// Reads a quoted-string that starts at `pos` and returns it without quotes and escapes; nullopt when it is
/// not closed or holds a bare control byte.
std::optional<std::string> read_quoted(std::string_view text, std::size_t& pos);
/// `raw` as a quoted-string; CR and LF become spaces.
std::string to_quoted(std::string_view raw);

/// Where the list element that starts at `pos` ends: the next comma outside quotes and angle brackets, or the
/// end.
std::size_t list_element_end(std::string_view text, std::size_t pos);

using parameter_list = std::vector<std::pair<std::string, std::string>>;

/// Reads `*( ";" name [ "=" value ] )` up to a comma or the end into `out`, which keeps what came before an
/// error. Names become lower case, values are unquoted. Empty parameters are errors (RFC 4475
/// section 3.1.2.1).
result<void> read_parameters(std::string_view text, std::size_t& pos, parameter_list& out);
/// Appends `;name=value`, quoted where the value is no token and no host.
void append_parameter(std::string& out, std::string_view name, std::string_view value);
/// The value of the parameter of that (lower case) name, nullptr when absent.
const std::string* find_parameter(const parameter_list& list, std::string_view name);

}  // namespace stox::sip
