// SPDX-License-Identifier: Apache-2.0
#include "session/lanes.hpp"

#include "observe/log.hpp"

namespace stox::session {

lanes::lanes(task_group& group, capacity most) : group_(group), most_(most) {}

lanes::~lanes() = default;

bool lanes::submit(const std::string& key, job j) {
    if (closed_ || group_.stopping() || size_ >= most_.total || bytes_ + j.bytes > most_.bytes) return false;
    auto [at, fresh] = lanes_.try_emplace(key);
    if (at->second.held >= most_.per_lane) return false;
    bytes_ += j.bytes;
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
        let_go(current);
        if (is_cancelled(failure)) {
            cancelled = failure;
            tell(current.abandon, key);
            break;
        }
        if (failure) {
            failed_.add();
            log::error("job_failed", {{"lane", key}, {"reason", describe(failure)}});
            tell(current.failed, key);
        }
    }
    abandon_rest(key);
    if (cancelled) std::rethrow_exception(cancelled);
}

// One job's trouble to tell its sender must not keep the others from being told.
void lanes::tell(const std::function<void()>& whom, const std::string& key) {
    try {
        if (whom) whom();
    } catch (const std::exception& e) {
        log::error("job_not_told", {{"lane", key}, {"reason", e.what()}});
    }
}

void lanes::let_go(const job& j) {
    --size_;
    bytes_ -= j.bytes;
}

void lanes::abandon_rest(const std::string& key) {
    auto node = lanes_.extract(key);
    if (node.empty()) return;
    for (const auto& waiting : node.mapped().waiting) {
        let_go(waiting);
        tell(waiting.abandon, key);
    }
}

}  // namespace stox::session
