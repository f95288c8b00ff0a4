// SPDX-License-Identifier: Apache-2.0
// What crosses threads: worker_pool and run_on. These are the tests to run under the thread sanitizer.
#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <stdexcept>
#include <thread>

#include "runtime/run_on.hpp"
#include "runtime/task_group.hpp"
#include "runtime/timer.hpp"
#include "runtime/worker_pool.hpp"
#include "tests/unit/runtime/run.hpp"

using namespace stox;
using stox::test::root;

namespace {

// An io_context with a thread of its own, as a media thread has.
class other_thread {
  public:
    other_thread() : work_(io_.get_executor()), thread_([this] { io_.run(); }) {}
    ~other_thread() {
        work_.reset();
        thread_.join();
    }
    executor get_executor() { return io_.get_executor(); }

  private:
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("worker pool: values, move-only work and exceptions come back to the caller's thread") {
    worker_pool pool(2);
    int sum = 0;
    bool other = false, same = false;
    std::string said;
    const auto here = std::this_thread::get_id();
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        for (int i = 0; i < 100; ++i) {
            auto work = [owned = std::make_unique<int>(i)] { return *owned; };
            sum += co_await pool.run(std::move(work));
        }
        auto where = [] { return std::this_thread::get_id(); };
        const auto there = co_await pool.run(where);
        other = there != here;
        auto broken = [] { throw std::runtime_error("worker"); };
        try {
            co_await pool.run(broken);
        } catch (const std::exception& e) {
            said = e.what();
        }
        same = std::this_thread::get_id() == here;
    });
    CHECK_FALSE(failure);
    CHECK(sum == 4950);
    CHECK(other);
    CHECK(same);
    CHECK(said == "worker");
}

TEST_CASE("worker pool: a cancelled caller still waits for the work, then its next wait throws") {
    worker_pool pool;
    bool worked = false, value = false;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        r.cancel_soon();
        auto work = [&worked] {
            std::this_thread::sleep_for(milliseconds(20));
            worked = true;
            return true;
        };
        value = co_await pool.run(work);
        co_await sleep_for(seconds(600));
    });
    CHECK(is_cancelled(failure));
    CHECK(worked);
    CHECK(value);
}

TEST_CASE("run_on: many children on another thread end there and are waited for") {
    other_thread other;
    int ended = 0, failed = 0;
    root r;
    const auto failure = r.run([&]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        for (int i = 0; i < 500; ++i) {
            group.spawn([&, i]() -> awaitable<void> {
                auto child = [i]() -> awaitable<void> {
                    co_await yield();
                    if (i % 5 == 0) throw std::runtime_error("planned");
                };
                try {
                    co_await run_on(other.get_executor(), child);
                } catch (const std::runtime_error&) {
                    ++failed;
                }
                ++ended;
            });
        }
        co_await group.join();
    });
    CHECK_FALSE(failure);
    CHECK(ended == 500);
    CHECK(failed == 100);
}

TEST_CASE("run_on: cancelling the caller ends the remote child and waits for it") {
    other_thread other;
    int finished = 0;
    for (int round = 0; round < 50; ++round) {
        root r;
        auto child_ended = std::make_shared<bool>(false);
        const auto failure = r.run([&]() -> awaitable<void> {
            r.cancel_soon();
            auto child = [child_ended]() -> awaitable<void> {
                std::exception_ptr why;
                try {
                    co_await sleep_for(seconds(600));
                } catch (...) {
                    why = std::current_exception();
                }
                *child_ended = true;
                if (why) std::rethrow_exception(why);
            };
            co_await run_on(other.get_executor(), child);
        });
        if (is_cancelled(failure) && *child_ended) ++finished;
    }
    CHECK(finished == 50);
}
