// SPDX-License-Identifier: Apache-2.0
// A rate limit: `rate` per second with a burst; time is an input.
#pragma once

#include <algorithm>

#include "base/clock.hpp"

namespace stox {

class token_bucket {
  public:
    /// Full at the start. rate_per_second and burst > 0.
    token_bucket(double rate_per_second, double burst)
        : rate_(rate_per_second), burst_(burst), level_(burst) {}

    /// True and `cost` taken when that much is there at `now`.
    bool take(steady_time now, double cost = 1.0) {
        refill(now);
        if (level_ < cost) return false;
        level_ -= cost;
        return true;
    }

    /// True when nothing has been taken for so long that the bucket is full again: it can be forgotten.
    bool full(steady_time now) {
        refill(now);
        return level_ >= burst_;
    }

  private:
    void refill(steady_time now) {
        if (last_ != steady_time{} && now > last_)
            level_ = std::min(burst_, level_ + rate_ * std::chrono::duration<double>(now - last_).count());
        last_ = now;
    }

    double rate_;
    double burst_;
    double level_;
    steady_time last_{};
};

}  // namespace stox
