// SPDX-License-Identifier: Apache-2.0
// Call-ID (RFC 3261 sections 20.8 and 25.1). Compared byte by byte.
#pragma once

#include <string_view>

namespace stox::sip {

/// `word [ "@" word ]`.
bool is_call_id(std::string_view text);

}  // namespace stox::sip
