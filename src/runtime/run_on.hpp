// SPDX-License-Identifier: Apache-2.0
// A child task on another thread's io_context. Cancelling the caller is posted over, never emitted across
// threads (Asio 1.26 would use a dangling signal); the caller always waits for the child's end, so the child
// may refer to what the caller's frame owns, under its own rules for sharing between threads.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "runtime/awaitable.hpp"

namespace stox {

namespace detail {

struct remote_child {
    explicit remote_child(executor caller) : ended(std::move(caller), steady_time::max()) {}
    // Touched on the remote thread only.
    asio::cancellation_signal stop;
    // Touched on the caller's thread only.
    asio::steady_timer ended;
    bool finished = false;
    std::exception_ptr failure;
};

template <class F>
void start_remote(const executor& remote, const executor& caller, std::shared_ptr<remote_child> child,
                  F task) {
    auto ended = [child, caller](std::exception_ptr failure) {
        asio::post(caller, [child, failure] {
            child->failure = failure;
            child->finished = true;
            child->ended.cancel();
        });
    };
    auto start = [child, remote, ended, task = std::move(task)]() mutable {
        asio::co_spawn(remote, std::move(task), asio::bind_cancellation_slot(child->stop.slot(), ended));
    };
    asio::post(remote, std::move(start));
}

}  // namespace detail

/// Runs `task`, a function object returning awaitable<void>, on `remote` and waits for its end; rethrows its
/// exception. On cancel: asks the child to end, still waits for it, then rethrows what it ended with. Both
/// io_contexts must run until then.
template <class F>
awaitable<void> run_on(executor remote, F task) {
    executor caller = co_await asio::this_coro::executor;
    auto child = std::make_shared<detail::remote_child>(caller);
    detail::start_remote(remote, caller, child, std::move(task));
    bool asked = false;
    boost::system::error_code ec;
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!child->finished) {
        const auto state = co_await asio::this_coro::cancellation_state;
        if (!asked && state.cancelled() != asio::cancellation_type::none) {
            asked = true;
            asio::post(remote, [child] { child->stop.emit(asio::cancellation_type::terminal); });
        }
        co_await child->ended.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (child->failure) std::rethrow_exception(child->failure);
}

}  // namespace stox
