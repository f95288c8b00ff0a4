// SPDX-License-Identifier: Apache-2.0
// Stacks on loopback in one io_context, for tests of the whole: a scripted DNS, short timers, and a task that
// the test awaits. No sleeps: every wait ends with an event.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "net/tls.hpp"
#include "runtime/task_group.hpp"
#include "runtime/timer.hpp"
#include "sip/stack.hpp"
#include "tests/support/fake_dns.hpp"

namespace stox::test {

inline net::socket_address loopback(std::uint16_t port = 0) {
    return {asio::ip::make_address("127.0.0.1"), port};
}

/// A port nobody listens on just now, the same for UDP and TCP.
inline std::uint16_t free_port() {
    static std::uint16_t next = static_cast<std::uint16_t>(20'000 + (std::random_device{}() % 20'000));
    return ++next;
}

struct network {
    asio::io_context io;
    fake_dns dns;
    net::certificate_store certificates{{}, {}};

    executor ex() { return io.get_executor(); }

    /// Runs `body` (a function object returning awaitable<void>) to its end, failing the test when it throws.
    template <class Body>
    void run(Body body) {
        std::exception_ptr failure;
        asio::co_spawn(io, std::move(body), [&](std::exception_ptr e) { failure = e; });
        io.run();
        io.restart();
        if (failure) std::rethrow_exception(failure);
    }
};

/// One stack with its port, run inside a group.
struct node {
    std::uint16_t port;
    std::unique_ptr<sip::stack> stack;
    std::vector<std::string> problems;

    explicit node(network& n, sip::stack_options options = {}, net::certificate_store* certificates = nullptr)
        : port(free_port()) {
        if (options.listen.empty())
            options.listen = {{sip::transport::udp, loopback(port)}, {sip::transport::tcp, loopback(port)}};
        options.user_agent = "test";
        stack = sip::make_stack(n.ex(), options, n.dns, certificates ? *certificates : n.certificates);
        problems = stack->open();
    }
    void start(task_group& group) {
        group.spawn([this]() { return stack->run(); });
    }
};

inline sip::message text_message(const std::string& to, std::string body = "Hello") {
    auto m = sip::message::request("MESSAGE", to);
    m.add("From", "<sip:romeo@sip.example>;tag=1");
    m.add("To", "<" + to + ">");
    m.set_body("text/plain", std::move(body));
    return m;
}

/// Runs `body(group)`, then cancels what it started and waits for its end.
template <class Body>
awaitable<void> within_group(Body& body) {
    task_group group(co_await asio::this_coro::executor);
    std::exception_ptr failure;
    try {
        co_await body(group);
    } catch (...) {
        failure = std::current_exception();
    }
    group.cancel();
    std::exception_ptr ended;
    try {
        co_await group.join(failure);
    } catch (...) {
        ended = std::current_exception();
    }
    if (ended && !is_cancelled(ended)) std::rethrow_exception(ended);
}

}  // namespace stox::test
