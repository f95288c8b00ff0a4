// SPDX-License-Identifier: Apache-2.0
// Delays between attempts: doubling from `first` up to `most`, each with up to 25 % jitter so that peers
// which lost us together do not come back together.
#pragma once

#include <algorithm>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace stox {

class backoff {
  public:
    backoff(milliseconds first, milliseconds most) : first_(first), most_(most), next_(first) {}

    milliseconds next() {
        const auto base = next_;
        next_ = std::min(most_, next_ * 2);
        const auto spread = static_cast<std::uint64_t>(base.count()) / 4 + 1;
        return base + milliseconds(random_below(spread));
    }
    void reset() { next_ = first_; }

  private:
    milliseconds first_;
    milliseconds most_;
    milliseconds next_;
};

}  // namespace stox
