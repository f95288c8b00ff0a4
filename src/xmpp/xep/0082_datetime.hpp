// SPDX-License-Identifier: Apache-2.0
// Date and time profiles (XEP-0082 section 3.2): "2006-12-19T17:58:35Z".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace stox::xmpp::xep {

/// UTC, whole seconds.
std::string to_datetime(wall_time moment);

/// Any offset and fraction (kept to milliseconds); nullopt when it is not a real date and time between the
/// years 1970 and 9999. A leap second counts as the second after it.
std::optional<wall_time> parse_datetime(std::string_view text);

}  // namespace stox::xmpp::xep
