// SPDX-License-Identifier: Apache-2.0
// A bounded queue between tasks of one thread, with one consumer. Arrival and deadline share one timer, so
// that nothing can be lost in a race between them (experimental::channel loses messages in Boost 1.81).
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "runtime/awaitable.hpp"

namespace stox {

template <class T>
class mailbox {
  public:
    mailbox(executor ex, std::size_t capacity)
        : capacity_(capacity), wake_(std::move(ex), steady_time::max()) {}

    /// False when full or closed: the caller must say so to whoever sent it.
    [[nodiscard]] bool push(T value) {
        if (closed_ || queue_.size() >= capacity_) return false;
        queue_.push_back(std::move(value));
        wake_.cancel();
        return true;
    }

    /// No more pushes; what is queued can still be popped.
    void close() {
        closed_ = true;
        wake_.cancel();
    }

    /// The next value; nullopt at `until` or when closed and empty. On cancel: throws operation_aborted,
    /// nothing lost.
    awaitable<std::optional<T>> pop(steady_time until = steady_time::max()) {
        co_await asio::this_coro::throw_if_cancelled(true);
        while (queue_.empty() && !closed_ && steady_clock::now() < until) {
            boost::system::error_code ec;
            wake_.expires_at(until);
            co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            const auto state = co_await asio::this_coro::cancellation_state;
            if (state.cancelled() != asio::cancellation_type::none)
                throw boost::system::system_error(asio::error::operation_aborted);
        }
        std::optional<T> out;
        if (!queue_.empty()) {
            out.emplace(std::move(queue_.front()));
            queue_.pop_front();
        }
        co_return out;
    }

    std::size_t size() const { return queue_.size(); }
    bool closed() const { return closed_; }

  private:
    std::deque<T> queue_;
    std::size_t capacity_;
    asio::steady_timer wake_;
    bool closed_ = false;
};

}  // namespace stox
