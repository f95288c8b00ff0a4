// SPDX-License-Identifier: Apache-2.0
// A flag that tasks of one thread wait for; set() wakes them all. It stays set until reset().
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

#include "base/clock.hpp"
#include "runtime/awaitable.hpp"

namespace stox {

class event {
  public:
    explicit event(executor ex) : executor_(std::move(ex)) {}
    event(const event&) = delete;
    event& operator=(const event&) = delete;

    void set() {
        set_ = true;
        for (auto* timer : waiters_) timer->cancel();
    }
    void reset() { set_ = false; }
    bool is_set() const { return set_; }

    /// True when set, false at `until`. On cancel: throws operation_aborted.
    awaitable<bool> wait(steady_time until = steady_time::max()) {
        co_await asio::this_coro::throw_if_cancelled(true);
        while (!set_ && steady_clock::now() < until) {
            asio::steady_timer timer(executor_, until);
            const listed entry(waiters_, &timer);
            boost::system::error_code ec;
            co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            const auto state = co_await asio::this_coro::cancellation_state;
            if (state.cancelled() != asio::cancellation_type::none)
                throw boost::system::system_error(asio::error::operation_aborted);
        }
        co_return set_;
    }

  private:
    // Keeps a waiter in the list exactly as long as its frame waits.
    class listed {
      public:
        listed(std::list<asio::steady_timer*>& list, asio::steady_timer* timer)
            : list_(list), at_(list.insert(list.end(), timer)) {}
        ~listed() { list_.erase(at_); }
        listed(const listed&) = delete;
        listed& operator=(const listed&) = delete;

      private:
        std::list<asio::steady_timer*>& list_;
        std::list<asio::steady_timer*>::iterator at_;
    };

    executor executor_;
    std::list<asio::steady_timer*> waiters_;
    bool set_ = false;
};

}  // namespace stox
