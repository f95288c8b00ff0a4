// SPDX-License-Identifier: Apache-2.0
// Deadlines of many transactions: one moment per id.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"

namespace stox::sip::transaction {

class schedule {
  public:
    void set(std::uint64_t id, std::optional<steady_time> at) {
        erase(id);
        if (!at) return;
        order_.emplace(*at, id);
        moments_.emplace(id, *at);
    }
    void erase(std::uint64_t id) {
        const auto it = moments_.find(id);
        if (it == moments_.end()) return;
        order_.erase({it->second, id});
        moments_.erase(it);
    }
    std::optional<steady_time> first() const {
        if (order_.empty()) return std::nullopt;
        return order_.begin()->first;
    }
    /// The id whose moment has come, taken out; nullopt when none has.
    std::optional<std::uint64_t> take_due(steady_time now) {
        if (order_.empty() || order_.begin()->first > now) return std::nullopt;
        const auto id = order_.begin()->second;
        erase(id);
        return id;
    }

  private:
    std::set<std::pair<steady_time, std::uint64_t>> order_;
    std::unordered_map<std::uint64_t, steady_time> moments_;
};

}  // namespace stox::sip::transaction
