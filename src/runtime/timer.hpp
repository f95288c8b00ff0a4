// SPDX-License-Identifier: Apache-2.0
// Waiting for a moment. Cancelled waits throw boost::system::system_error(operation_aborted).
#pragma once

#include "base/clock.hpp"
#include "runtime/awaitable.hpp"

namespace stox {

awaitable<void> sleep_until(steady_time moment);
awaitable<void> sleep_for(milliseconds duration);

/// Gives other ready tasks of this thread their turn.
awaitable<void> yield();

}  // namespace stox
