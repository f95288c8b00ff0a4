// SPDX-License-Identifier: Apache-2.0
// The client's end of the control socket: blocking, one request, lines until the last.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "admin/protocol.hpp"

namespace stox::cli {

/// Sends `r` and calls `line` with each line of the answer, without its newline, until the closing one. The
/// text of the error says what is wrong in words for the terminal: no daemon, no permission, the daemon's own
/// refusal. `line` gives false to stop.
result<bool> ask(const std::string& socket_path, const admin::request& r,
                 const std::function<bool(std::string_view)>& line);

}  // namespace stox::cli
