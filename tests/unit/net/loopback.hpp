// SPDX-License-Identifier: Apache-2.0
// Test support: a small io_context that runs one coroutine to its end, and a pair of connected TCP streams.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <string>
#include <utility>

#include "net/byte_stream.hpp"
#include "net/listener.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"

namespace stox::net::test {

/// Runs `body` (a function object returning awaitable<void>) and everything it started; rethrows.
template <class F>
void run(F body) {
    asio::io_context io(1);
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(body), [&](std::exception_ptr e) { failure = e; });
    io.run();
    if (failure) std::rethrow_exception(failure);
}

struct stream_pair {
    stream_ptr client;
    stream_ptr server;
};

inline awaitable<stream_pair> connected_pair() {
    auto ex = co_await asio::this_coro::executor;
    auto listening = listen_tcp(ex, socket_address{asio::ip::make_address("127.0.0.1"), 0});
    auto listener = std::move(listening.value());
    stream_pair out;
    const auto where = listener->local();
    out.client = co_await connect_tcp(where, seconds(5));
    out.server = co_await listener->accept();
    co_return out;
}

/// Reads until `count` bytes are there or the peer ends.
inline awaitable<std::string> read_exactly(byte_stream& stream, std::size_t count) {
    std::string out;
    std::string buffer(4096, '\0');
    while (out.size() < count) {
        const std::span<char> into(buffer.data(), std::min(buffer.size(), count - out.size()));
        const auto got = co_await stream.read_some(into);
        if (got == 0) break;
        out.append(buffer, 0, got);
    }
    co_return out;
}

}  // namespace stox::net::test
