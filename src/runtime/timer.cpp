// SPDX-License-Identifier: Apache-2.0
#include "runtime/timer.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace stox {

awaitable<void> sleep_until(steady_time moment) {
    asio::steady_timer timer(co_await asio::this_coro::executor, moment);
    co_await timer.async_wait(asio::use_awaitable);
}

awaitable<void> sleep_for(milliseconds duration) { return sleep_until(steady_clock::now() + duration); }

awaitable<void> yield() { co_await asio::post(asio::use_awaitable); }

}  // namespace stox
