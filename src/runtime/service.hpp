// SPDX-License-Identifier: Apache-2.0
// What the service manager is told (sd_notify(3)). Without NOTIFY_SOCKET every function does nothing, so the
// same program runs in a terminal.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace stox::service {

/// Start-up is complete, or a reload has ended. `status` is one line for people.
void ready(std::string_view status);
/// A line for people; nothing else changes.
void status(std::string_view text);
/// A reload begins; ready() ends it.
void reloading();
/// The drain before the end begins.
void stopping(std::string_view status);

/// The limit within which feed_watchdog() is expected (WATCHDOG_USEC); feed at half of it. nullopt when the
/// manager does not watch this process.
std::optional<milliseconds> watchdog_limit();
void feed_watchdog();

/// Asks for `more` time for the start or the stop under way.
void extend_timeout(milliseconds more);

}  // namespace stox::service
