// SPDX-License-Identifier: Apache-2.0
#include "runtime/task_group.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cassert>
#include <vector>

#include "base/clock.hpp"

namespace stox {

task_group::task_group(executor ex) : executor_(std::move(ex)), empty_(executor_, steady_time::max()) {}

task_group::~task_group() { assert(live_.empty()); }

void task_group::cancel() {
    stopping_ = true;
    // A child may end while its signal is emitted, so walk over owners of the signals, not over the live
    // table.
    std::vector<std::shared_ptr<asio::cancellation_signal>> signals;
    signals.reserve(live_.size());
    for (const auto& [id, signal] : live_) signals.push_back(signal);
    for (const auto& signal : signals) signal->emit(asio::cancellation_type::terminal);
}

void task_group::child_ended(child_id id, bool isolated, std::exception_ptr e) {
    live_.erase(id);
    if (e && isolated) {
        if (!is_cancelled(e) && isolated_failure_) isolated_failure_(e);
    } else if (e && (!is_cancelled(e) || !stopping_)) {
        // A child that ends by operation_aborted although nobody cancelled it lost its transport: siblings
        // end too. A real error says more than that and takes its place.
        if (!first_ || is_cancelled(first_)) first_ = e;
        if (!stopping_) cancel();
    }
    if (live_.empty()) empty_.cancel();
}

awaitable<void> task_group::wait_empty() {
    boost::system::error_code ec;
    while (!live_.empty()) {
        co_await empty_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            throw boost::system::system_error(asio::error::operation_aborted);
    }
}

awaitable<uninterrupted> task_group::join(std::exception_ptr body_failure) {
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    if (body_failure) cancel();
    bool cancelled_from_outside = false;
    boost::system::error_code ec;
    // A cancel wakes the wait and is passed on, but does not end it.
    while (!live_.empty()) {
        const auto state = co_await asio::this_coro::cancellation_state;
        if (!cancelled_from_outside && state.cancelled() != asio::cancellation_type::none) {
            cancelled_from_outside = true;
            cancel();
        }
        if (!live_.empty()) co_await empty_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (body_failure) std::rethrow_exception(body_failure);
    if (first_) std::rethrow_exception(first_);
    if (cancelled_from_outside) throw boost::system::system_error(asio::error::operation_aborted);
    co_return uninterrupted();
}

bool is_cancelled(const std::exception_ptr& e) {
    if (!e) return false;
    try {
        std::rethrow_exception(e);
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

std::string describe(const std::exception_ptr& e) {
    if (!e) return "no error";
    try {
        std::rethrow_exception(e);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "unknown exception";
    }
}

}  // namespace stox
