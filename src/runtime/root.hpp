// SPDX-License-Identifier: Apache-2.0
// The one place where a coroutine is started without an owner: the root of the task tree.
#pragma once

#include <exception>
#include <functional>

#include "runtime/awaitable.hpp"

namespace stox {

/// Runs `body` on an event loop of this thread until it has ended and nothing is left to do; gives the
/// exception it ended with, or nullptr. What `body` refers to must outlive the call.
std::exception_ptr run_root(std::function<awaitable<void>()> body);

}  // namespace stox
