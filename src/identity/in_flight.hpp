// SPDX-License-Identifier: Apache-2.0
// Questions that are being asked: whoever wants the same answer meanwhile waits for it instead of asking, and
// paying, again.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "runtime/event.hpp"

namespace stox::identity {

template <class Key, class Hash = std::hash<Key>>
class in_flight {
  public:
    /// Waits until nobody asks for `key` any more, at most until `until`. False at once when nobody did.
    awaitable<bool> wait(Key key, steady_time until) {
        const auto running = asking_.find(key);
        if (running == asking_.end()) co_return false;
        const std::shared_ptr<event> ended = running->second;
        co_await ended->wait(until);
        co_return true;
    }

    /// Holds the place of the one who asks; whoever waits is woken at its end, however it ends.
    class asker {
      public:
        asker(in_flight& all, Key key, executor ex)
            : all_(all), key_(std::move(key)), done_(std::make_shared<event>(std::move(ex))) {
            all_.asking_.insert_or_assign(key_, done_);
        }
        asker(const asker&) = delete;
        asker& operator=(const asker&) = delete;
        ~asker() {
            const auto mine = all_.asking_.find(key_);
            if (mine != all_.asking_.end() && mine->second == done_) all_.asking_.erase(mine);
            done_->set();
        }

      private:
        in_flight& all_;
        Key key_;
        std::shared_ptr<event> done_;
    };

  private:
    std::unordered_map<Key, std::shared_ptr<event>, Hash> asking_;
};

}  // namespace stox::identity
