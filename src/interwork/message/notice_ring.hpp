// SPDX-License-Identifier: Apache-2.0
// Short texts under a key, in memory that is taken once and never grows: the newest take the place of the
// oldest. A busy hour costs what an idle one does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace stox::interwork {

class notice_ring {
  public:
    /// At most `notices` texts of `bytes` in all; both at least 16.
    notice_ring(std::size_t notices, std::size_t bytes);

    /// Kept until `expires`, or until as much that is newer needs the room. False for a text that is empty or
    /// larger than an eighth of the room.
    bool keep(std::string_view key, std::string_view text, steady_time expires);

    /// The live text under `key`, which is forgotten then. Looks through all of them: for what is rare.
    std::optional<std::string> take(std::string_view key, steady_time now);

  private:
    struct slot {
        std::uint32_t offset = 0, size = 0;
        steady_time expires{};
    };
    const slot& oldest() const { return slots_[first_]; }
    void drop_oldest();
    void make_room(std::size_t offset, std::size_t size);

    std::vector<std::uint64_t> keys_;  // of each slot, 0 = taken or never used; side by side for the search
    std::vector<slot> slots_;          // a ring: first_, count_
    std::vector<char> bytes_;          // a ring of contiguous pieces in the order of the slots
    std::size_t first_ = 0, count_ = 0, next_offset_ = 0;
};

}  // namespace stox::interwork
