// SPDX-License-Identifier: Apache-2.0
// How long to wait before reading on so that a peer sends at a given rate on average: back-pressure instead
// of dropping. Time is an input.
#pragma once

#include <algorithm>
#include <cmath>

#include "base/clock.hpp"

namespace stox::xmpp::stream {

class pacer {
  public:
    /// `rate` in bytes per second, `burst` in bytes that come without a pause; both > 0.
    pacer(double rate, double burst, steady_time now)
        : rate_(rate), burst_(burst), level_(burst), last_(now) {}

    /// `bytes` were read; the pause that is due before more is.
    milliseconds pause(steady_time now, std::size_t bytes) {
        const auto elapsed = std::chrono::duration<double>(now - last_).count();
        last_ = now;
        level_ = std::min(burst_, level_ + rate_ * elapsed) - static_cast<double>(bytes);
        if (level_ >= 0) return milliseconds(0);
        return milliseconds(static_cast<std::int64_t>(std::ceil(-level_ * 1000 / rate_)));
    }

  private:
    double rate_, burst_, level_;
    steady_time last_;
};

}  // namespace stox::xmpp::stream
