// SPDX-License-Identifier: Apache-2.0
#include "runtime/service.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <string>

namespace stox::service {

namespace {

// A line feed would begin another variable of the message.
std::string one_line(std::string_view text) {
    std::string out(text);
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
    return out;
}

void tell(const std::string& message) { sd_notify(0, message.c_str()); }

std::string monotonic_microseconds() {
    const auto now = steady_clock::now().time_since_epoch();
    return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

void ready(std::string_view status) { tell("READY=1\nSTATUS=" + one_line(status)); }

void status(std::string_view text) { tell("STATUS=" + one_line(text)); }

void reloading() {
    // MONOTONIC_USEC is what Type=notify-reload matches its request with; steady_clock is CLOCK_MONOTONIC.
    tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds() + "\nSTATUS=reloading");
}

void stopping(std::string_view status) { tell("STOPPING=1\nSTATUS=" + one_line(status)); }

std::optional<milliseconds> watchdog_limit() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return milliseconds(microseconds / 1000);
}

void feed_watchdog() { tell("WATCHDOG=1"); }

void extend_timeout(milliseconds more) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(more).count();
    tell("EXTEND_TIMEOUT_USEC=" + std::to_string(microseconds));
}

}  // namespace stox::service
