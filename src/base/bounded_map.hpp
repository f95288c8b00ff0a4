// SPDX-License-Identifier: Apache-2.0
// A map with an upper size and an expiry per entry: every table that a stranger can fill is one of these.
// Time is an input. When full, the entry that was touched longest ago makes room.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"

namespace stox {

template <class Key, class Value, class Hash = std::hash<Key>>
class bounded_map {
  public:
    explicit bounded_map(std::size_t capacity) : capacity_(capacity) {}

    /// The live value under `key`, moved to the young end; nullptr when absent or expired at `now`.
    /// The pointer is good until the next call that is not `size`.
    Value* find(const Key& key, steady_time now) {
        const auto it = index_.find(key);
        if (it == index_.end()) return nullptr;
        if (it->second->expires <= now) {
            drop(it->second);
            return nullptr;
        }
        order_.splice(order_.end(), order_, it->second);
        return &it->second->value;
    }

    Value& put(const Key& key, Value value, steady_time expires) {
        if (const auto it = index_.find(key); it != index_.end()) drop(it->second);
        if (index_.size() >= capacity_) drop(order_.begin());
        order_.push_back(entry{key, std::move(value), expires});
        index_.emplace(key, std::prev(order_.end()));
        return order_.back().value;
    }

    void erase(const Key& key) {
        if (const auto it = index_.find(key); it != index_.end()) drop(it->second);
    }

    void drop_expired(steady_time now) {
        for (auto it = order_.begin(); it != order_.end();) {
            const auto current = it++;
            if (current->expires <= now) drop(current);
        }
    }

    std::size_t size() const { return index_.size(); }

    template <class F>
    void for_each(F&& f) const {
        for (const auto& e : order_) f(e.key, e.value);
    }
    /// The same with values that may be changed.
    template <class F>
    void for_each(F&& f) {
        for (auto& e : order_) f(e.key, e.value);
    }

  private:
    struct entry {
        Key key;
        Value value;
        steady_time expires;
    };
    using position = typename std::list<entry>::iterator;

    void drop(position at) {
        index_.erase(at->key);
        order_.erase(at);
    }

    std::size_t capacity_;
    std::list<entry> order_;  // oldest first
    std::unordered_map<Key, position, Hash> index_;
};

}  // namespace stox
