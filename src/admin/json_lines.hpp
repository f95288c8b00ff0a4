// SPDX-License-Identifier: Apache-2.0
// Pieces that every answer on the control socket is made of.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace stox::admin {

/// Valid UTF-8, whatever a peer sent: JSON carries nothing else.
std::string clean(std::string_view bytes);

/// "2026-11-22T22:41:03.123456Z"
std::string iso_time(wall_time t);

std::string end_line();
std::string error_line(std::string_view words);

}  // namespace stox::admin
