// SPDX-License-Identifier: Apache-2.0
#include "sip/scanner.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace stox::sip {

bool is_scanner(std::string_view user_agent) {
    // Names that SIP servers' block lists agree on.
    constexpr std::string_view known[] = {
        "friendly-scanner", "friendly-request", "sipvicious", "sipcli", "sip-scan",
        "sipscan",          "sundayddr",        "iwar",       "pplsip", "smap",
        "nsauditor"};
    const std::string lower = to_lower(trim(user_agent));
    return std::any_of(std::begin(known), std::end(known),
                       [&](std::string_view name) { return lower.starts_with(name); });
}

}  // namespace stox::sip
