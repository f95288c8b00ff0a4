// SPDX-License-Identifier: Apache-2.0
#include "runtime/root.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace stox {

std::exception_ptr run_root(std::function<awaitable<void>()> body) {
    std::exception_ptr failure;
    asio::io_context io(1);
    asio::co_spawn(io, std::move(body), [&failure](std::exception_ptr e) { failure = e; });
    io.run();
    return failure;
}

}  // namespace stox
