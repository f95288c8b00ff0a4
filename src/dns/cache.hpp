// SPDX-License-Identifier: Apache-2.0
// What DNS said, for as long as it may be believed. Sans-io: time is an input. Bounded in entries and bytes,
// the longest unused goes first. Stale answers serve while DNS fails (RFC 8767); negative ones: RFC 2308.
#pragma once

#include <cstddef>
#include <list>
#include <map>

#include "base/clock.hpp"
#include "dns/message.hpp"

namespace stox::dns {

class cache {
  public:
    cache(std::size_t max_entries, std::size_t max_bytes)
        : max_entries_(max_entries), max_bytes_(max_bytes) {}

    struct hit {
        const reply* value = nullptr;  // good until the next call; nullptr: nothing known
        bool fresh = false;            // false with a value: past its TTL, use it only when DNS fails
        bool resting = false;          // the last query failed so lately that asking again must wait
    };
    hit find(const question& q, steady_time now);

    /// Keeps `r` (any state but unavailable) for its TTL within 1 s to 1 day, negative ones 5 s to 5 min, and
    /// for a day more as stale: a domain without NAPTR must not become unreachable because DNS does.
    void store(const question& q, reply r, steady_time now);

    /// The query failed: no new one for two seconds (security F1: back within 5 s of DNS); a stale answer
    /// stays.
    void failed(const question& q, steady_time now);

    /// Everything counts as past its TTL from now on; it still serves while DNS fails.
    void expire();
    std::size_t size() const { return index_.size(); }
    std::size_t bytes() const { return bytes_; }

  private:
    struct entry {
        question asked;
        reply value;
        steady_time fresh_until{}, gone_at{}, resting_until{};
        std::size_t cost = 0;
    };
    using position = std::list<entry>::iterator;

    void put(entry e);
    void drop(position at);

    std::size_t max_entries_, max_bytes_, bytes_ = 0;
    std::list<entry> order_;  // longest unused first
    std::map<question, position> index_;
};

}  // namespace stox::dns
