// SPDX-License-Identifier: Apache-2.0
#include "session/lanes.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

#include "runtime/event.hpp"
#include "runtime/timer.hpp"

using namespace stox;

namespace {

// Runs `body` to its end as the root of a fresh loop; a failure surfaces in the test.
template <class F>
void run(F body) {
    asio::io_context io;
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(body), [&failure](std::exception_ptr e) { failure = e; });
    io.run();
    if (failure) std::rethrow_exception(failure);
}

session::job noting(std::vector<int>& order, int n) {
    session::job j;
    j.run = [&order, n]() -> awaitable<void> {
        co_await yield();
        order.push_back(n);
    };
    j.abandon = [&order, n] { order.push_back(-n); };
    return j;
}

}  // namespace

TEST_CASE("lanes: jobs of one key run in order, one at a time") {
    std::vector<int> order;
    auto body = [&order]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        task_group group(ex);
        session::lanes lanes(group, {100, 1000, 1000});
        for (int i = 1; i <= 50; ++i) CHECK(lanes.submit("a", noting(order, i)));
        co_await group.wait_empty();
        CHECK(lanes.size() == 0);
        co_await group.join();
    };
    run(body);
    REQUIRE(order.size() == 50);
    for (int i = 0; i < 50; ++i) CHECK(order[static_cast<std::size_t>(i)] == i + 1);
}

TEST_CASE("lanes: a slow key does not hold up another") {
    std::vector<int> order;
    auto body = [&order]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        task_group group(ex);
        session::lanes lanes(group, {100, 1000, 1000});
        event gate(ex);
        session::job slow;
        slow.run = [&order, &gate]() -> awaitable<void> {
            co_await gate.wait();
            order.push_back(1);
        };
        slow.abandon = [] {};
        lanes.submit("slow", std::move(slow));
        session::job quick;
        quick.run = [&order, &gate]() -> awaitable<void> {
            order.push_back(2);
            gate.set();
            co_return;
        };
        quick.abandon = [] {};
        lanes.submit("quick", std::move(quick));
        co_await group.wait_empty();
        co_await group.join();
    };
    run(body);
    CHECK(order == std::vector<int>{2, 1});
}

TEST_CASE("lanes: full lanes and a full table refuse, and nothing of the refused job runs") {
    std::vector<int> order;
    auto body = [&order]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        task_group group(ex);
        session::lanes lanes(group, {2, 3, 1000});
        CHECK(lanes.submit("a", noting(order, 1)));
        CHECK(lanes.submit("a", noting(order, 2)));
        CHECK_FALSE(lanes.submit("a", noting(order, 3)));
        CHECK(lanes.submit("b", noting(order, 4)));
        CHECK_FALSE(lanes.submit("c", noting(order, 5)));
        co_await group.wait_empty();
        CHECK(lanes.submit("c", noting(order, 6)));
        co_await group.wait_empty();
        co_await group.join();
    };
    run(body);
    std::sort(order.begin(), order.end());
    CHECK(order == std::vector<int>{1, 2, 4, 6});
}

TEST_CASE("lanes: the bytes held in all are bounded, and given back") {
    std::vector<int> order;
    auto body = [&order]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        task_group group(ex);
        session::lanes lanes(group, {10, 10, 1000});
        auto large = noting(order, 1);
        large.bytes = 900;
        CHECK(lanes.submit("a", std::move(large)));
        auto second = noting(order, 2);
        second.bytes = 101;
        CHECK_FALSE(lanes.submit("b", second));
        co_await group.wait_empty();
        CHECK(lanes.submit("b", std::move(second)));
        co_await group.wait_empty();
        co_await group.join();
    };
    run(body);
    CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("lanes: a job that throws is told so, once, and ends itself only") {
    std::vector<int> order;
    auto body = [&order]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        task_group group(ex);
        session::lanes lanes(group, {10, 10, 1000});
        session::job bad;
        bad.run = []() -> awaitable<void> {
            co_await yield();
            throw std::runtime_error("broken");
        };
        bad.abandon = [&order] { order.push_back(-1); };
        bad.failed = [&order] {
            order.push_back(1);
            throw std::runtime_error("broken too");
        };
        lanes.submit("a", std::move(bad));
        lanes.submit("a", noting(order, 7));
        co_await group.wait_empty();
        co_await group.join();
    };
    run(body);
    CHECK(order == std::vector<int>{1, 7});
}

TEST_CASE("lanes: cancelling abandons what runs and what waits, each job once") {
    std::vector<int> order;
    auto body = [&order]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        task_group group(ex);
        session::lanes lanes(group, {10, 10, 1000});
        session::job stuck;
        stuck.run = []() -> awaitable<void> { co_await sleep_for(std::chrono::hours(1)); };
        stuck.abandon = [&order] { order.push_back(-9); };
        stuck.failed = [&order] { order.push_back(9); };
        lanes.submit("a", std::move(stuck));
        lanes.submit("a", noting(order, 1));
        lanes.submit("a", noting(order, 2));
        co_await yield();
        group.cancel();
        co_await group.join();
        CHECK(lanes.size() == 0);
        CHECK_FALSE(lanes.submit("a", noting(order, 3)));
    };
    run(body);
    CHECK(order == std::vector<int>{-9, -1, -2});
}
