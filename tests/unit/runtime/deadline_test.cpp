// SPDX-License-Identifier: Apache-2.0
#include "runtime/deadline.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "runtime/backoff.hpp"
#include "runtime/task_group.hpp"
#include "runtime/timer.hpp"
#include "tests/unit/runtime/run.hpp"

using namespace stox;
using stox::test::root;

namespace {

awaitable<int> value_after(int value, milliseconds delay) {
    co_await sleep_for(delay);
    co_return value;
}

steady_time in(milliseconds delay) { return steady_clock::now() + delay; }

}  // namespace

TEST_CASE("with_deadline: a value in time, nothing when late, false for a late void") {
    std::optional<int> early, late;
    bool late_void = true, early_void = false;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto quick = value_after(7, milliseconds(0));
        early = co_await with_deadline(in(seconds(600)), std::move(quick));
        auto slow = value_after(8, seconds(600));
        late = co_await with_deadline(in(milliseconds(5)), std::move(slow));
        auto long_sleep = sleep_for(seconds(600));
        late_void = co_await with_deadline(in(milliseconds(5)), std::move(long_sleep));
        auto no_sleep = yield();
        early_void = co_await with_deadline(in(seconds(600)), std::move(no_sleep));
    });
    CHECK_FALSE(failure);
    CHECK(early == 7);
    CHECK_FALSE(late.has_value());
    CHECK_FALSE(late_void);
    CHECK(early_void);
}

TEST_CASE("with_deadline: the operation's own failure comes through") {
    root r;
    const auto failure = r.run([]() -> awaitable<void> {
        auto broken = []() -> awaitable<int> {
            co_await yield();
            throw std::runtime_error("own");
        };
        auto operation = broken();
        co_await with_deadline(in(seconds(600)), std::move(operation));
    });
    CHECK(describe(failure) == "own");
}

TEST_CASE("with_deadline: nested, the nearer deadline ends its own operation only") {
    std::optional<int> inner;
    bool outer = false;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto body = [&]() -> awaitable<void> {
            auto slow = value_after(1, seconds(600));
            inner = co_await with_deadline(in(milliseconds(5)), std::move(slow));
            co_await sleep_for(milliseconds(1));
        };
        auto operation = body();
        outer = co_await with_deadline(in(seconds(600)), std::move(operation));
    });
    CHECK_FALSE(failure);
    CHECK_FALSE(inner.has_value());
    CHECK(outer);
}

TEST_CASE("with_deadline: nested, the outer deadline ends both") {
    bool inner_returned = false;
    bool outer = true;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto body = [&]() -> awaitable<void> {
            auto slow = value_after(1, seconds(600));
            co_await with_deadline(in(seconds(500)), std::move(slow));
            inner_returned = true;
        };
        auto operation = body();
        outer = co_await with_deadline(in(milliseconds(5)), std::move(operation));
    });
    CHECK_FALSE(failure);
    CHECK_FALSE(inner_returned);
    CHECK_FALSE(outer);
}

TEST_CASE("with_deadline: cancel from outside ends the operation and throws") {
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        r.cancel_soon();
        auto slow = value_after(1, seconds(600));
        co_await with_deadline(in(seconds(600)), std::move(slow));
    });
    CHECK(is_cancelled(failure));
}

TEST_CASE("goodbye: runs although the task was cancelled, and the cancellation goes on afterwards") {
    bool said = false, cancelled_before = false, went_on = false;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        std::exception_ptr why;
        r.cancel_soon();
        try {
            co_await sleep_for(seconds(600));
        } catch (...) {
            why = std::current_exception();
        }
        cancelled_before = is_cancelled(why);
        auto farewell = [&]() -> awaitable<void> {
            r.cancel_soon();  // a second cancel must not cut the goodbye short
            co_await sleep_for(milliseconds(5));
            said = true;
        };
        auto operation = farewell();
        co_await goodbye(seconds(600), std::move(operation));
        co_await yield();
        went_on = true;
    });
    CHECK_FALSE(went_on);
    CHECK(cancelled_before);
    CHECK(said);
    CHECK(is_cancelled(failure));
}

TEST_CASE("goodbye: is bounded, and swallows its own failures") {
    bool went_on = false;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto endless = sleep_for(seconds(600));
        co_await goodbye(milliseconds(5), std::move(endless));
        auto broken = []() -> awaitable<void> {
            co_await yield();
            throw std::runtime_error("the peer is gone");
        };
        auto operation = broken();
        co_await goodbye(seconds(600), std::move(operation));
        went_on = true;
    });
    CHECK_FALSE(failure);
    CHECK(went_on);
}

TEST_CASE("goodbye: afterwards the task can be cancelled again") {
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        auto short_one = yield();
        co_await goodbye(seconds(600), std::move(short_one));
        r.cancel_soon();
        co_await sleep_for(seconds(600));
    });
    CHECK(is_cancelled(failure));
}

TEST_CASE("backoff: doubles up to the limit, with jitter of a quarter, and starts over") {
    backoff delay(milliseconds(100), milliseconds(1000));
    for (const int base : {100, 200, 400, 800, 1000, 1000}) {
        const auto next = delay.next().count();
        CHECK(next >= base);
        CHECK(next <= base + base / 4);
    }
    delay.reset();
    CHECK(delay.next().count() <= 125);
}
