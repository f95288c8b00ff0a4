// SPDX-License-Identifier: Apache-2.0
#include "runtime/task_group.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/deadline.hpp"
#include "runtime/timer.hpp"
#include "tests/unit/runtime/run.hpp"

using namespace stox;
using stox::test::root;

namespace {

// Waits much longer than any test: only cancellation ends it.
awaitable<void> wait_for_cancel(int& ended) {
    std::exception_ptr failure;
    try {
        co_await sleep_for(seconds(600));
    } catch (...) {
        failure = std::current_exception();
    }
    ++ended;
    if (failure) std::rethrow_exception(failure);
}

awaitable<void> fail(std::string why) {
    co_await yield();
    throw std::runtime_error(why);
}

}  // namespace

TEST_CASE("task group: join waits for every child") {
    int ended = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        for (int i = 0; i < 10; ++i)
            group.spawn([&ended, i]() -> awaitable<void> {
                for (int turn = 0; turn < i; ++turn) co_await yield();
                ++ended;
            });
        co_await group.join();
        if (group.size() != 0) ended = -1;
    });
    CHECK_FALSE(failure);
    CHECK(ended == 10);
}

TEST_CASE("task group: the first failure cancels the siblings and is what join throws") {
    int ended = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.spawn([&]() -> awaitable<void> { co_await wait_for_cancel(ended); });
        group.spawn([&]() -> awaitable<void> { co_await wait_for_cancel(ended); });
        group.spawn([]() -> awaitable<void> { co_await fail("first"); });
        co_await group.join();
    });
    CHECK(describe(failure) == "first");
    CHECK(ended == 2);
}

TEST_CASE("task group: a real error takes the place of a lost transport's operation_aborted") {
    root r;
    const auto failure = r.run([]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.spawn([]() -> awaitable<void> {
            co_await yield();
            throw boost::system::system_error(asio::error::operation_aborted);
        });
        group.spawn([]() -> awaitable<void> {
            int ended = 0;
            try {
                co_await wait_for_cancel(ended);
            } catch (...) {
                ended = 2;
            }
            if (ended == 2) throw std::runtime_error("why");
        });
        co_await group.join();
    });
    CHECK(describe(failure) == "why");
}

TEST_CASE("task group: an isolated failure is reported and leaves the siblings alone") {
    int ended = 0;
    std::string reported;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.on_isolated_failure([&](std::exception_ptr e) { reported = describe(e); });
        group.spawn_isolated([]() -> awaitable<void> { co_await fail("mine alone"); });
        group.spawn([&]() -> awaitable<void> {
            for (int turn = 0; turn < 20; ++turn) co_await yield();
            ++ended;
        });
        co_await group.join();
    });
    CHECK_FALSE(failure);
    CHECK(reported == "mine alone");
    CHECK(ended == 1);
}

TEST_CASE("task group: cancel from outside cancels the children, waits for them and throws") {
    int ended = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        for (int i = 0; i < 3; ++i)
            group.spawn([&]() -> awaitable<void> { co_await wait_for_cancel(ended); });
        co_await yield();
        r.cancel_soon();
        co_await group.join();
    });
    CHECK(is_cancelled(failure));
    CHECK(ended == 3);
}

TEST_CASE("task group: once cancelled it refuses new tasks") {
    bool started = true, stopping = false;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.cancel();
        started = group.spawn([]() -> awaitable<void> { co_await yield(); });
        stopping = group.stopping();
        co_await group.join();
    });
    CHECK_FALSE(failure);
    CHECK_FALSE(started);
    CHECK(stopping);
}

TEST_CASE("task group: wait_empty leaves the group usable") {
    int ended = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        for (int round = 0; round < 3; ++round) {
            group.spawn([&]() -> awaitable<void> {
                co_await yield();
                ++ended;
            });
            co_await group.wait_empty();
        }
        co_await group.join();
    });
    CHECK_FALSE(failure);
    CHECK(ended == 3);
}

TEST_CASE("with_task_group: a body that throws cancels what it started") {
    int ended = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto body = [&](task_group& group) -> awaitable<void> {
            group.spawn([&]() -> awaitable<void> { co_await wait_for_cancel(ended); });
            co_await yield();
            throw std::runtime_error("body");
        };
        co_await with_task_group(body);
    });
    CHECK(describe(failure) == "body");
    CHECK(ended == 1);
}

TEST_CASE("with_task_group: a body that ends because it was cancelled cancels and joins what it started") {
    int ended = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto body = [&](task_group& group) -> awaitable<void> {
            group.spawn([&]() -> awaitable<void> { co_await wait_for_cancel(ended); });
            r.cancel_soon();
            co_await sleep_for(seconds(600));
        };
        co_await with_task_group(body);
    });
    CHECK(is_cancelled(failure));
    CHECK(ended == 1);
}

TEST_CASE("task group: a cancel that came before join still ends the children, and lasts") {
    int ended = 0;
    bool joined = false, went_on = false;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.spawn([&]() -> awaitable<void> { co_await wait_for_cancel(ended); });
        r.cancel_soon();
        std::exception_ptr why;
        try {
            co_await sleep_for(seconds(600));
        } catch (...) {
            why = std::current_exception();
        }
        try {
            co_await group.join();
        } catch (...) {
            joined = true;
        }
        co_await yield();
        went_on = true;
    });
    CHECK(is_cancelled(failure));
    CHECK(joined);
    CHECK(ended == 1);
    CHECK_FALSE(went_on);
}

namespace {

// One session of the stress test: three children that end well, fail, or wait, as `kind` says.
awaitable<void> session(int kind, int& live) {
    task_group group(co_await asio::this_coro::executor);
    for (int child = 0; child < 3; ++child) {
        group.spawn([kind, child, &live]() -> awaitable<void> {
            ++live;
            std::exception_ptr failure;
            try {
                co_await sleep_for(milliseconds((kind + child) % 5));
                if (kind % 3 == 0 && child == 1) throw std::runtime_error("planned");
                if (kind % 3 != 1 && child == 2) co_await sleep_for(seconds(600));
            } catch (...) {
                failure = std::current_exception();
            }
            auto farewell = sleep_for(milliseconds(1));
            if (failure) co_await goodbye(milliseconds(2000), std::move(farewell));
            --live;
            if (failure) std::rethrow_exception(failure);
        });
    }
    co_await group.join();
}

}  // namespace

TEST_CASE("task group: thousands of sessions with mixed failures and a cancel are all joined") {
#ifdef STOX_SANITIZED
    constexpr int sessions = 1'000;
#else
    constexpr int sessions = 5'000;
#endif
    int live = 0, failed = 0, started = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.on_isolated_failure([&](std::exception_ptr) { ++failed; });
        for (int i = 0; i < sessions; ++i) {
            const bool ok =
                group.spawn_isolated([i, &live]() -> awaitable<void> { co_await session(i, live); });
            if (ok) ++started;
        }
        co_await sleep_for(milliseconds(50));
        r.cancel_soon();
        co_await group.join();
    });
    CHECK(is_cancelled(failure));
    CHECK(started == sessions);
    CHECK(failed > 0);
    CHECK(live == 0);
}
