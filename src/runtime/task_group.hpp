// SPDX-License-Identifier: Apache-2.0
// Structured concurrency: a task is started only inside a group, and the group is joined before the frame
// that owns it ends. The first real failure (or a cancel from outside) cancels the siblings; join() waits for
// all of them and rethrows the first real error. One thread; see docs/coroutine-rules.md.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

#include "runtime/awaitable.hpp"

namespace stox {

class task_group {
  public:
    explicit task_group(executor ex);
    /// Every child has ended: join() was awaited.
    ~task_group();
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    /// Starts `task`, a function object returning awaitable<void>. Its exception cancels the group.
    /// False (and nothing started) once the group is being cancelled. Captures are owned; never capture
    /// references to anything that the group's owner does not outlive.
    template <class F>
    bool spawn(F task) {
        return start(std::move(task), false);
    }

    /// Starts a task whose failure is its own: the exception goes to `on_isolated_failure` and the siblings
    /// go on. This is how one session that throws ends that session only.
    template <class F>
    bool spawn_isolated(F task) {
        return start(std::move(task), true);
    }

    /// Called with the exception of an isolated task that failed (never with operation_aborted).
    void on_isolated_failure(std::function<void(std::exception_ptr)> f) { isolated_failure_ = std::move(f); }

    /// Asks every child to end; later spawns are refused.
    void cancel();

    /// Waits until every child has ended. On cancel from outside (also one that came before): cancels the
    /// children, still waits for all, then throws. With `body_failure`: cancels at once and rethrows it at
    /// the end. The caller stays cancelled: its next wait throws.
    awaitable<uninterrupted> join(std::exception_ptr body_failure = {});

    /// Waits until every child has ended by itself, without cancelling; the group can be used again.
    awaitable<void> wait_empty();

    std::size_t size() const { return live_.size(); }
    bool stopping() const { return stopping_; }

  private:
    using child_id = std::uint64_t;

    template <class F>
    bool start(F task, bool isolated) {
        if (stopping_) return false;
        const child_id id = ++last_id_;
        auto stop = std::make_shared<asio::cancellation_signal>();
        live_.emplace(id, stop);
        auto ended = asio::bind_cancellation_slot(
            stop->slot(), [this, id, isolated](std::exception_ptr e) { child_ended(id, isolated, e); });
        asio::co_spawn(executor_, std::move(task), std::move(ended));
        return true;
    }
    void child_ended(child_id id, bool isolated, std::exception_ptr e);

    executor executor_;
    std::unordered_map<child_id, std::shared_ptr<asio::cancellation_signal>> live_;
    asio::steady_timer empty_;
    std::exception_ptr first_;
    std::function<void(std::exception_ptr)> isolated_failure_;
    child_id last_id_ = 0;
    bool stopping_ = false;
};

/// True for the exception that cancellation throws.
bool is_cancelled(const std::exception_ptr& e);

/// What an exception says, for a log line.
std::string describe(const std::exception_ptr& e);

/// Runs body(group) and joins the group before it returns, whatever happens. `body` is any callable taking
/// task_group& and returning awaitable<void>.
template <class F>
awaitable<void> with_task_group(F body) {
    task_group group(co_await asio::this_coro::executor);
    std::exception_ptr failure;
    try {
        co_await body(group);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await group.join(failure);
}

}  // namespace stox
