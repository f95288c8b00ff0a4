// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker_pool.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "base/clock.hpp"

namespace stox {

class worker_pool::threads {
  public:
    explicit threads(std::size_t count) : pool(count) {}
    asio::thread_pool pool;
};

worker_pool::worker_pool(std::size_t count) : threads_(std::make_unique<threads>(count)) {}

worker_pool::~worker_pool() { threads_->pool.join(); }

namespace {

struct job_state {
    explicit job_state(executor ex) : ended(std::move(ex), steady_time::max()) {}
    // Touched on the caller's thread only.
    asio::steady_timer ended;
    bool finished = false;
    std::exception_ptr failure;
};

}  // namespace

awaitable<void> worker_pool::run_job(std::function<void()> job) {
    executor caller = co_await asio::this_coro::executor;
    auto state = std::make_shared<job_state>(caller);
    auto work = [state, caller, job = std::move(job)]() mutable {
        std::exception_ptr failure;
        try {
            job();
        } catch (...) {
            failure = std::current_exception();
        }
        job = nullptr;  // its captures end before the caller goes on
        asio::post(caller, [state, failure] {
            state->failure = failure;
            state->finished = true;
            state->ended.cancel();
        });
    };
    asio::post(threads_->pool, std::move(work));
    // A cancel wakes the wait but does not end it; the caller's next wait throws.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    boost::system::error_code ec;
    while (!state->finished) co_await state->ended.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (state->failure) std::rethrow_exception(state->failure);
}

}  // namespace stox
