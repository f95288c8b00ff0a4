// SPDX-License-Identifier: Apache-2.0
// Which pairs of users have talked: only between them is a guest address (user\40S@G) an address to write to.
// A narrow interface, since what must survive a restart belongs in a store.
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.hpp"

namespace stox::identity {

class pair_memory {
  public:
    virtual ~pair_memory() = default;
    /// Home addresses in any order (home.hpp).
    virtual bool have_talked(std::string_view a, std::string_view b, steady_time now) = 0;
    virtual void note(std::string_view a, std::string_view b, steady_time now) = 0;
    virtual void drop_expired(steady_time now) = 0;
};

/// In memory: 30 days after the last word, at most 100,000 pairs; the one that was silent longest makes room.
std::unique_ptr<pair_memory> make_pair_memory();

}  // namespace stox::identity
