// SPDX-License-Identifier: Apache-2.0
// Ordered one-shot work: jobs of one key (an address pair in one direction) run one after the other, jobs of
// different keys side by side. This is how "once, in order" holds while a slow far side delays only its own
// conversation. Bounded per lane and in all; a job that was refused, abandoned or that failed is always told,
// so that its sender can be told.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "observe/metrics.hpp"
#include "runtime/awaitable.hpp"
#include "runtime/task_group.hpp"

namespace stox::session {

/// Exactly one of three things happens to a job that was taken: run() ends, failed() is called after run()
/// threw, or abandon() is called because the lane was cancelled before or during run().
struct job {
    std::function<awaitable<void>()> run;
    std::size_t bytes = 0;  // what it holds in memory, roughly
    std::function<void()> abandon;
    std::function<void()> failed;
};

class lanes {
  public:
    /// Jobs waiting or running: in one lane, in all, and the bytes they hold in all.
    struct capacity {
        std::size_t per_lane, total, bytes;
    };
    /// `group` runs the lanes and outlives this object's last job.
    lanes(task_group& group, capacity most);
    ~lanes();
    lanes(const lanes&) = delete;
    lanes& operator=(const lanes&) = delete;

    /// False when the lane or the table is full or the group is ending: nothing was taken, not even abandon()
    /// runs.
    bool submit(const std::string& key, job j);

    /// From now on every submit is refused (a drain); what was taken runs on.
    void close() { closed_ = true; }
    bool closed() const { return closed_; }

    /// Jobs waiting or running.
    std::size_t size() const { return size_; }

  private:
    struct lane {
        std::deque<job> waiting;
        std::size_t held = 0;  // waiting, and the one that runs
    };
    awaitable<void> run_lane(std::string key);
    void abandon_rest(const std::string& key);
    void let_go(const job& j);
    static void tell(const std::function<void()>& whom, const std::string& key);

    task_group& group_;
    capacity most_;
    std::size_t size_ = 0, bytes_ = 0;
    bool closed_ = false;
    std::unordered_map<std::string, lane> lanes_;
    metrics::counter failed_{"stox_jobs_failed_total", "One-shot jobs that ended by an exception"};
};

}  // namespace stox::session
