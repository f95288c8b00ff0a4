// SPDX-License-Identifier: Apache-2.0
#include "session/lanes.hpp"

#include "observe/log.hpp"

namespace stox::session {

lanes::lanes(task_group& group, std::size_t per_lane, std::size_t total)
    : group_(group), per_lane_(per_lane), total_(total) {}

lanes::~lanes() = default;

bool lanes::submit(const std::string& key, job j) {
    if (closed_ || size_ >= total_ || group_.stopping()) return false;
    auto [at, fresh] = lanes_.try_emplace(key);
    if (at->second.held >= per_lane_) return false;
    at->second.waiting.push_back(std::move(j));
    ++at->second.held;
    ++size_;
    if (fresh) {
        auto task = [this, key]() -> awaitable<void> { return run_lane(key); };
        group_.spawn_isolated(std::move(task));
    }
    return true;
}

awaitable<void> lanes::run_lane(std::string key) {
    std::exception_ptr cancelled;
    for (;;) {
        auto& waiting = lanes_[key].waiting;
        if (waiting.empty()) break;
        const job current = std::move(waiting.front());
        waiting.pop_front();
        std::exception_ptr failure;
        try {
            co_await current.run();
        } catch (...) {
            failure = std::current_exception();
        }
        --lanes_[key].held;
        --size_;
        if (is_cancelled(failure)) {
            cancelled = failure;
            break;
        }
        if (failure) {
            failed_.add();
            log::error("job_failed", {{"lane", key}, {"reason", describe(failure)}});
        }
    }
    abandon_rest(key);
    if (cancelled) std::rethrow_exception(cancelled);
}

void lanes::abandon_rest(const std::string& key) {
    auto node = lanes_.extract(key);
    if (node.empty()) return;
    for (const auto& waiting : node.mapped().waiting) {
        --size_;
        waiting.abandon();
    }
}

}  // namespace stox::session
