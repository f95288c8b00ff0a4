// SPDX-License-Identifier: Apache-2.0
// Fields that are lists of tokens (Allow, Supported, Require, Unsupported ...), and Max-Forwards (RFC 3261
// sections 20.5, 20.22, 20.32, 20.37).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/message.hpp"

namespace stox::sip {

/// Every token of every field of that name; elements that are no tokens are left out.
std::vector<std::string_view> token_list(const message& m, std::string_view name);
/// Whether the list holds the token; option tags compare without case (section 7.3.1), methods do not (7.1).
bool has_token(const message& m, std::string_view name, std::string_view token);
std::string join_tokens(const std::vector<std::string>& tokens);

/// 0 to 255; nullopt when absent or unreadable.
std::optional<int> max_forwards(const message& m);

}  // namespace stox::sip
