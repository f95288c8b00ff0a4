// SPDX-License-Identifier: Apache-2.0
// hex, base64 (RFC 4648 section 4) and base32 (section 6, lower case, no padding).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stox {

std::string to_hex(std::string_view bytes);
std::string to_base64(std::string_view bytes);
/// Strict: padding required, no white space, no stray bits; nullopt otherwise.
std::optional<std::string> from_base64(std::string_view text);
std::string to_base32(std::string_view bytes);

}  // namespace stox
