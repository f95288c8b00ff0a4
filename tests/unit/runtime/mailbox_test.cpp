// SPDX-License-Identifier: Apache-2.0
#include "runtime/mailbox.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "runtime/event.hpp"
#include "runtime/task_group.hpp"
#include "runtime/timer.hpp"
#include "tests/unit/runtime/run.hpp"

using namespace stox;
using stox::test::root;

TEST_CASE("mailbox: values arrive in order, also move-only ones; a full or closed one refuses") {
    std::vector<int> got;
    bool full = true, after_close = true, ended = false;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        mailbox<std::unique_ptr<int>> box(co_await asio::this_coro::executor, 2);
        (void)box.push(std::make_unique<int>(1));
        (void)box.push(std::make_unique<int>(2));
        full = box.push(std::make_unique<int>(3));
        box.close();
        after_close = box.push(std::make_unique<int>(4));
        for (int i = 0; i < 3; ++i) {
            auto value = co_await box.pop();
            if (value) got.push_back(**value);
            ended = !value;
        }
    });
    CHECK_FALSE(failure);
    CHECK(got == std::vector<int>{1, 2});
    CHECK_FALSE(full);
    CHECK_FALSE(after_close);
    CHECK(ended);
}

TEST_CASE("mailbox: closing wakes a waiting consumer") {
    bool nothing = false;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        mailbox<int> box(ex, 8);
        task_group group(ex);
        group.spawn([&]() -> awaitable<void> {
            const auto value = co_await box.pop();
            nothing = !value;
        });
        co_await yield();
        box.close();
        co_await group.join();
    });
    CHECK_FALSE(failure);
    CHECK(nothing);
}

TEST_CASE("mailbox: arrivals that race with deadlines are neither lost nor doubled") {
    std::vector<int> got;
    int late = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        mailbox<int> box(ex, 1000);
        task_group group(ex);
        group.spawn([&]() -> awaitable<void> {
            for (int i = 0; i < 300; ++i) {
                (void)box.push(i);
                co_await sleep_for(milliseconds(i % 2));
            }
            box.close();
        });
        for (;;) {
            const auto until = steady_clock::now() + std::chrono::microseconds(400);
            const auto value = co_await box.pop(until);
            if (value) got.push_back(*value);
            if (!value) ++late;
            if (!value && box.closed() && box.size() == 0) break;
        }
        co_await group.join();
    });
    CHECK_FALSE(failure);
    REQUIRE(got.size() == 300);
    for (int i = 0; i < 300; ++i) CHECK(got[static_cast<std::size_t>(i)] == i);
    CHECK(late > 0);
}

TEST_CASE("mailbox: a cancelled pop throws and leaves the value that arrived in the same turn") {
    bool threw = false;
    std::size_t left = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        mailbox<int> box(ex, 8);
        task_group group(ex);
        group.spawn([&]() -> awaitable<void> {
            try {
                const auto value = co_await box.pop();
                (void)value;
            } catch (const boost::system::system_error&) {
                threw = true;
            }
        });
        co_await yield();
        (void)box.push(1);
        group.cancel();
        co_await group.join();
        left = box.size();
    });
    CHECK_FALSE(failure);
    CHECK(threw);
    CHECK(left == 1);
}

TEST_CASE("event: one set wakes every waiter; a late waiter does not wait; reset arms it again") {
    int woken = 0;
    bool late = true;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        event flag(ex);
        task_group group(ex);
        for (int i = 0; i < 5; ++i)
            group.spawn([&]() -> awaitable<void> {
                const bool set = co_await flag.wait();
                if (set) ++woken;
            });
        for (int i = 0; i < 3; ++i) co_await yield();
        flag.set();
        co_await group.join();
        const bool at_once = co_await flag.wait();
        if (at_once) ++woken;
        flag.reset();
        const auto until = steady_clock::now() + milliseconds(2);
        late = co_await flag.wait(until);
    });
    CHECK_FALSE(failure);
    CHECK(woken == 6);
    CHECK_FALSE(late);
}

TEST_CASE("event: one cancelled waiter leaves the others waiting") {
    int woken = 0, cancelled = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        event flag(ex);
        task_group patient(ex), hasty(ex);
        patient.spawn([&]() -> awaitable<void> {
            const bool set = co_await flag.wait();
            if (set) ++woken;
        });
        hasty.spawn([&]() -> awaitable<void> {
            try {
                co_await flag.wait();
            } catch (const boost::system::system_error&) {
                ++cancelled;
            }
        });
        for (int i = 0; i < 3; ++i) co_await yield();
        hasty.cancel();
        co_await hasty.join();
        flag.set();
        co_await patient.join();
    });
    CHECK_FALSE(failure);
    CHECK(woken == 1);
    CHECK(cancelled == 1);
}
