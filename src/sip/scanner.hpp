// SPDX-License-Identifier: Apache-2.0
// Programs that search the Internet for SIP servers to abuse, as far as they say who they are.
#pragma once

#include <string_view>

namespace stox::sip {

/// Whether a User-Agent is one that no user of SIP has.
bool is_scanner(std::string_view user_agent);

}  // namespace stox::sip
