// SPDX-License-Identifier: Apache-2.0
// Test support: a TLS connection over loopback with both ends in the test.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "net/tls.hpp"
#include "tests/unit/net/loopback.hpp"

namespace stox::net::test {

struct secured {
    stream_ptr client;
    stream_ptr server;
};

/// Both handshakes at once over `pair`; rethrows the first failure.
inline awaitable<secured> secure_both(stream_pair pair, const certificate_store& server_store,
                                      tls_server_options server_options,
                                      const certificate_store& client_store,
                                      tls_client_options client_options) {
    secured out;
    task_group group(co_await asio::this_coro::executor);
    group.spawn([&]() -> awaitable<void> {
        auto plain = std::move(pair.server);
        out.server = co_await accept_tls(std::move(plain), server_store, server_options, seconds(10));
    });
    std::exception_ptr failure;
    try {
        out.client = co_await connect_tls(std::move(pair.client), client_store, client_options, seconds(10));
    } catch (...) {
        failure = std::current_exception();
    }
    co_await group.join(failure);
    co_return out;
}

/// The same over a fresh connection.
inline awaitable<secured> handshake(const certificate_store& server_store, tls_server_options server_options,
                                    const certificate_store& client_store,
                                    tls_client_options client_options) {
    auto pair = co_await connected_pair();
    auto attempt = secure_both(std::move(pair), server_store, server_options, client_store, client_options);
    auto out = co_await std::move(attempt);
    co_return out;
}

inline tls_server_options server_for(const std::string& domain) {
    tls_server_options out;
    out.default_domain = domain;
    return out;
}

inline tls_client_options client_to(const std::string& server, const std::string& own) {
    tls_client_options out;
    out.server_name = server;
    out.own_domain = own;
    return out;
}

}  // namespace stox::net::test
