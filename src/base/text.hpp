// SPDX-License-Identifier: Apache-2.0
// ASCII text as protocols use it: case-insensitive comparison, trimming, splitting, strict numbers. No
// locale.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stox {

constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }

/// ASCII case folded; bytes >= 0x80 stay as they are.
std::string to_lower(std::string_view text);
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view text, std::string_view prefix);

/// Without SP and HTAB at both ends.
std::string_view trim(std::string_view text);

/// Splits at every `separator`; empty parts are kept; "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Digits only (no sign, no space, no base prefix), at most `max`; anything else is nullopt.
template <class Integer>
std::optional<Integer> parse_decimal(std::string_view text, Integer max) {
    if (text.empty()) return std::nullopt;
    for (char c : text)
        if (!is_digit(c)) return std::nullopt;
    std::uint64_t value = 0;
    auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (value > static_cast<std::uint64_t>(max)) return std::nullopt;
    return static_cast<Integer>(value);
}

/// Case-insensitive ordering for maps keyed by protocol names.
struct iless {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
};

}  // namespace stox
