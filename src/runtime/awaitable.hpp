// SPDX-License-Identifier: Apache-2.0
// The one Asio header that the protocol layers see: awaitable<T> and the executor. Sockets stay in net.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

namespace stox {

namespace asio = boost::asio;
using asio::awaitable;
using executor = asio::any_io_executor;

/// The result of coroutines that must run although the task that awaits them was cancelled: task_group::join
/// and goodbye(). Nothing is in it.
struct uninterrupted {};

}  // namespace stox

namespace boost::asio::detail {

// Asio throws operation_aborted at `co_await` of any awaitable in a cancelled task, before the awaited
// coroutine has begun: a clean-up called that way would never run. Awaitables of `uninterrupted` are let
// through.
template <>
template <>
inline auto awaitable_frame_base<any_io_executor>::await_transform(
    awaitable<stox::uninterrupted, any_io_executor> a) const {
    return a;
}

}  // namespace boost::asio::detail
