// SPDX-License-Identifier: Apache-2.0
#include "sip/transaction/machine.hpp"

#include <cassert>

namespace stox::sip::transaction {

std::string_view to_string(input i) {
    static constexpr std::array<std::string_view, input_count> names = {
        "1xx",     "2xx",     "3xx-6xx", "request", "ACK",          "transport error", "timer A",
        "timer B", "timer D", "timer E", "timer F", "timer G",      "timer H",         "timer I",
        "timer J", "timer K", "timer L", "timer M", "timer for 100"};
    return names[static_cast<std::size_t>(i)];
}

std::string_view to_string(state s) {
    static constexpr std::array<std::string_view, state_count> names = {
        "calling", "trying", "proceeding", "completed", "accepted", "confirmed", "terminated"};
    return names[static_cast<std::size_t>(s)];
}

actions machine::on_time(steady_time now) {
    entry* due = nullptr;
    for (auto& e : timers_)
        if (e.set && e.at <= now && (due == nullptr || e.at < due->at)) due = &e;
    if (due == nullptr) return nothing;
    due->set = false;
    return on(due->timer, now);
}

std::optional<steady_time> machine::next() const {
    std::optional<steady_time> first;
    for (const auto& e : timers_)
        if (e.set && (!first || e.at < *first)) first = e.at;
    return first;
}

const machine::entry* machine::slot(input timer) const {
    for (const auto& e : timers_)
        if (e.set && e.timer == timer) return &e;
    return nullptr;
}

void machine::start(input timer, steady_time at) {
    stop(timer);
    for (auto& e : timers_) {
        if (e.set) continue;
        e = entry{timer, at, true};
        return;
    }
    assert(false && "a transaction never runs more than three timers");
}

void machine::stop(input timer) {
    for (auto& e : timers_)
        if (e.set && e.timer == timer) e.set = false;
}

void machine::stop_all() {
    for (auto& e : timers_) e.set = false;
}

actions machine::end(actions with) {
    stop_all();
    state_ = state::terminated;
    return with | ended;
}

}  // namespace stox::sip::transaction
