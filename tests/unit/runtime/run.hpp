// SPDX-License-Identifier: Apache-2.0
// Test support: an io_context that runs one root coroutine, and a way to cancel that root from outside.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "runtime/awaitable.hpp"

namespace stox::test {

class root {
  public:
    /// Runs `body` until nothing is left to do; gives what it ended with.
    template <class F>
    std::exception_ptr run(F body) {
        std::exception_ptr failure;
        auto ended = [&failure](std::exception_ptr e) { failure = e; };
        asio::co_spawn(io_, std::move(body), asio::bind_cancellation_slot(stop_.slot(), ended));
        io_.run();
        return failure;
    }
    /// Cancels the root from within the io_context, when what is ready now has run.
    void cancel_soon() {
        asio::post(io_, [this] { stop_.emit(asio::cancellation_type::terminal); });
    }
    executor get_executor() { return io_.get_executor(); }

  private:
    asio::cancellation_signal stop_;
    asio::io_context io_{1};
};

}  // namespace stox::test
