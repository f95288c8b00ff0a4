// SPDX-License-Identifier: Apache-2.0
// A feature is one thing that crosses between the networks (messages now; calls, presence, rooms, files to
// come). It registers its methods, content types and stanza kinds when it is made, and lives as long as the
// daemon.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace stox::interwork {

struct context;

class feature {
  public:
    virtual ~feature() = default;
    virtual std::string_view name() const = 0;
    /// Every few seconds: lets go of what has expired.
    virtual void tidy(steady_time now) = 0;
};

/// Every feature of stox, one line each in registry.cpp. `c` outlives them.
std::vector<std::unique_ptr<feature>> make_features(const context& c);

}  // namespace stox::interwork
