// SPDX-License-Identifier: Apache-2.0
// Bounded waiting: with_deadline() for an operation that may take too long, goodbye() for the clean end of
// something that is being cancelled. Both join what they start.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/clock.hpp"
#include "runtime/awaitable.hpp"

namespace stox {

namespace detail {

struct deadline_state {
    asio::cancellation_signal stop;
    asio::steady_timer timer;
    bool fired = false;
    deadline_state(const executor& ex, steady_time until) : timer(ex, until) {}
};

/// A state whose signal is emitted at `until`, unless its timer is cancelled before.
inline std::shared_ptr<deadline_state> start_deadline(executor ex, steady_time until) {
    auto state = std::make_shared<deadline_state>(std::move(ex), until);
    state->timer.async_wait([state](boost::system::error_code ec) {
        if (ec) return;
        state->fired = true;
        state->stop.emit(asio::cancellation_type::terminal);
    });
    return state;
}

template <class T>
struct deadline_value {
    using type = std::optional<T>;
};
template <>
struct deadline_value<void> {
    using type = bool;
};

}  // namespace detail

/// Awaits `operation` until `until`, then cancels it and waits for its end. Gives nullopt (false for void)
/// when it was too late; the operation's own exception otherwise. On cancel from outside: cancels the
/// operation and throws.
template <class T>
awaitable<typename detail::deadline_value<T>::type> with_deadline(steady_time until, awaitable<T> operation) {
    auto ex = co_await asio::this_coro::executor;
    auto state = detail::start_deadline(ex, until);
    auto cancellation = co_await asio::this_coro::cancellation_state;
    auto outer = cancellation.slot();
    if (outer.is_connected()) outer.assign([state](asio::cancellation_type type) { state->stop.emit(type); });

    std::exception_ptr failure;
    typename detail::deadline_value<T>::type out{};
    auto token = asio::bind_cancellation_slot(state->stop.slot(), asio::use_awaitable);
    try {
        if constexpr (std::is_void_v<T>) {
            co_await asio::co_spawn(ex, std::move(operation), token);
            out = true;
        } else {
            T value = co_await asio::co_spawn(ex, std::move(operation), token);
            out.emplace(std::move(value));
        }
    } catch (...) {
        failure = std::current_exception();
    }
    state->timer.cancel();
    if (outer.is_connected()) outer.clear();
    if (failure && !state->fired) std::rethrow_exception(failure);
    co_return out;
}

/// The bounded goodbye: awaits `farewell` although this task was cancelled, at most `limit`, and out of the
/// reach of further cancels; failures in it are swallowed because the peer may be gone already. The task
/// stays cancelled: its next wait throws. Call it outside of catch handlers, then rethrow.
inline awaitable<uninterrupted> goodbye(milliseconds limit, awaitable<void> farewell) {
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    auto ex = co_await asio::this_coro::executor;
    auto state = detail::start_deadline(ex, steady_clock::now() + limit);
    auto token = asio::bind_cancellation_slot(state->stop.slot(), asio::use_awaitable);
    try {
        co_await asio::co_spawn(ex, std::move(farewell), token);
    } catch (...) {  // NOLINT(bugprone-empty-catch): see above
    }
    state->timer.cancel();
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return uninterrupted();
}

}  // namespace stox
