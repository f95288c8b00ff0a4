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

}  // namespace stox
