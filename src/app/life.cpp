// SPDX-License-Identifier: Apache-2.0
// The life of the daemon: signals, reload, drain, and what must be done every few seconds.
#include <malloc.h>

#include <csignal>

#include "app/daemon.hpp"
#include "app/listen.hpp"
#include "observe/log.hpp"
#include "runtime/deadline.hpp"
#include "runtime/service.hpp"
#include "runtime/timer.hpp"

namespace stox::app {
namespace {

constexpr auto drain_limit = seconds(20);  // of the 30 s in which SIGTERM must have worked
constexpr auto bounce_limit = milliseconds(500);
// An answer may need a stream of its own; after a second signal all must have ended within two seconds (F14).
constexpr auto flush_limit = milliseconds(4000);
constexpr auto hurried_flush_limit = milliseconds(1000);
constexpr auto flush_look = milliseconds(50);
constexpr auto certificate_look = seconds(20);  // a renewal counts within a minute
constexpr auto house_round = seconds(5);

}  // namespace

awaitable<void> daemon::obey_signals(task_group& services) {
    for (;;) {
        const int number = co_await signals_.next();
        if (number == SIGHUP) {
            service::reloading();
            const auto outcome = co_await reload();
            log::info("reloaded", {{"configuration", outcome.done ? "taken" : "kept as it was"}});
            service::ready(one_line_status());
            continue;
        }
        log::info("stopping", {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}});
        service::stopping("finishing what was accepted");
        co_await drain();
        services.cancel();
        co_return;
    }
}

// What was accepted is finished, nothing new is taken; a second signal or the limit cuts it short. What is
// cut short is told to its sender while the links are still up.
awaitable<void> daemon::drain() {
    sip_->drain();
    lanes_.close();
    const auto limit = steady_clock::now() + drain_limit;
    task_group both(executor_);
    both.spawn([this, &both, limit]() -> awaitable<void> {
        co_await with_deadline(limit, tasks_.wait_empty());
        both.cancel();
    });
    bool hurried = false;
    both.spawn([this, &both, &hurried]() -> awaitable<void> {
        // waits for: another signal to end, at most until the limit above
        int number = SIGHUP;
        while (number == SIGHUP) number = co_await signals_.next();
        hurried = true;
        both.cancel();
    });
    std::exception_ptr ended;
    try {
        co_await both.join();
    } catch (...) {
        ended = std::current_exception();
    }
    if (ended && !is_cancelled(ended)) std::rethrow_exception(ended);
    const milliseconds flush = hurried ? hurried_flush_limit : flush_limit;
    co_await turn_away_the_rest(flush);
}

// Unfinished jobs are cancelled: each answers its sender. Then the answers get the time to leave.
awaitable<void> daemon::turn_away_the_rest(milliseconds flush) {
    tasks_.cancel();
    co_await with_deadline(steady_clock::now() + bounce_limit, tasks_.wait_empty());
    const auto until = steady_clock::now() + flush;
    do {
        co_await sleep_for(flush_look);
    } while (federation_->queued() > 0 && steady_clock::now() < until);
}

awaitable<void> daemon::watch_certificates() {
    for (;;) {
        co_await sleep_for(certificate_look);
        co_await load_certificates(true);
    }
}

awaitable<void> daemon::keep_house() {
    for (;;) {
        co_await sleep_for(house_round);
        const auto now = steady_clock::now();
        conversations_.drop_idle(now);
        trace_.drop_expired(now);
        served_.drop_expired();
        trust_.drop_expired();
        limits_.drop_expired(now);
        pairs_->drop_expired(now);
        for (const auto& f : features_) f->tidy(now);
        if (lanes_.size() == 0) malloc_trim(0);
        service::status(one_line_status());
    }
}

awaitable<void> daemon::feed_watchdog(milliseconds limit) {
    for (;;) {
        service::feed_watchdog();
        co_await sleep_for(limit / 2);
    }
}

awaitable<admin::reload_outcome> daemon::reload() {
    admin::reload_outcome outcome;
    auto read = [this] { return config::load(given_.config, given_.config_given); };
    auto loaded = co_await workers_.run(std::move(read));
    if (loaded) {
        outcome.done = true;
        outcome.lines = config::changes(*settings_, *loaded);
        auto next = config::for_reload(*settings_, std::move(*loaded));
        configure(std::make_shared<const config::config>(std::move(next)));
    } else {
        outcome.lines.push_back(loaded.error().text);
    }
    for (const auto& line : outcome.lines) log::info("configuration", {{"change", line}});
    co_await load_certificates(false);
    resolver_->flush();
    co_return outcome;
}

void daemon::configure(std::shared_ptr<const config::config> next) {
    settings_ = std::move(next);
    served_.configure(settings_);
    limits_.configure(settings_->limits);
    trace_.set_bodies(settings_->trace.bodies);
    log::set_level(level_of(settings_->log));
}

}  // namespace stox::app
