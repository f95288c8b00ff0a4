// SPDX-License-Identifier: Apache-2.0
// Routes: what is to be sent for one domain pair waits here until a stream may carry it, and comes back here
// when that stream is lost before the peer took it. Nothing is dropped without saying so to its sender.
#include <algorithm>

#include "observe/log.hpp"
#include "runtime/timer.hpp"
#include "xmpp/federation_impl.hpp"
#include "xmpp/stream/words.hpp"

namespace stox::xmpp {

using stream::domain_pair;
using stream::parcel;

namespace {

constexpr std::size_t max_routes = 16'384;
constexpr std::size_t route_bytes = 8U << 20U;        // waiting for one domain pair
constexpr std::size_t all_routes_bytes = 64U << 20U;  // waiting in all
constexpr seconds post_limit{60};                     // how long a posted stanza is worth sending
constexpr seconds recently{600};  // a pair that worked so lately is tried again before giving up
constexpr seconds sweep_interval{60};

struct receipt {
    explicit receipt(executor ex) : settled(std::move(ex)) {}
    event settled;
    std::optional<stanza_error> error;
};

}  // namespace

awaitable<std::optional<stanza_error>> federation_impl::send(outgoing_stanza stanza, milliseconds limit) {
    const auto outcome = std::make_shared<receipt>(executor_);
    const std::string remote = stanza.to.domain();
    parcel p;
    p.until = steady_clock::now() + limit;
    p.done = [outcome](const std::optional<stanza_error>& error) {
        outcome->error = error;
        outcome->settled.set();
    };
    const auto until = p.until;
    if (stopped_) co_return stopping();
    if (!enqueue(stanza, std::move(p)))
        co_return stanza_error::of("resource-constraint", "too much is waiting for " + remote);
    const bool settled = co_await outcome->settled.wait(until);
    if (!settled) {
        std::string words = remote + " did not confirm the stanza in time";
        const auto found = routes_.find({stanza.from.domain(), remote});
        if (found != routes_.end() && !found->second->via && found->second->last_error)
            words = found->second->last_error->text;
        co_return stanza_error::of("remote-server-timeout", words);
    }
    co_return outcome->error;
}

bool federation_impl::post(outgoing_stanza stanza) {
    parcel p;
    p.until = steady_clock::now() + post_limit;
    return enqueue(stanza, std::move(p));
}

federation_impl::route* federation_impl::route_for(const domain_pair& pair) {
    const auto found = routes_.find(pair);
    if (found != routes_.end()) return found->second.get();
    if (routes_.size() >= max_routes) return nullptr;
    auto made = std::make_unique<route>(executor_, options_, pair, waiting_bytes_);
    const auto speaks = [&](const connection_ptr& c) {
        return c->fsm().authenticated() && c->fsm().peer_domain() == pair.remote;
    };
    if (std::any_of(connections_.begin(), connections_.end(), speaks)) made->last_up = steady_clock::now();
    return routes_.emplace(pair, std::move(made)).first->second.get();
}

bool federation_impl::room_for(const route& r, const parcel& p) const {
    const auto size = p.bytes.size();
    return r.waiting.size() < options_.queue_stanzas && r.waiting.bytes() + size <= route_bytes &&
           waiting_bytes_ + size <= all_routes_bytes;
}

bool federation_impl::enqueue(outgoing_stanza& stanza, parcel&& p) {
    if (stopped_) return false;
    p.pair = {stanza.from.domain(), stanza.to.domain()};
    p.bytes = std::move(stanza.bytes);
    route* const r = route_for(p.pair);
    if (r == nullptr || !room_for(*r, p)) return false;
    r->last_use = steady_clock::now();
    if (tap_) {
        const auto peer = r->via ? to_string(r->via->remote()) : std::string();
        tap_->on_stanza(false, peer, stanza.from, stanza.to, {}, p.bytes);
    }
    stanzas_out_.add();
    if (r->via && r->waiting.empty() && r->via->submit(std::move(p))) return true;
    if (!r->via && r->last_use < r->retry_at && p.until < r->retry_at && r->last_error) {
        if (p.done) p.done(r->last_error);
        return true;
    }
    r->waiting.push_back(std::move(p));
    if (!r->via) start_pump(*r);
    return true;
}

void federation_impl::start_pump(route& r) {
    if (r.pumping || !group_) return;
    const domain_pair pair = r.pair;
    r.pumping = group_->spawn_isolated([this, pair] { return pump(pair); });
}

void federation_impl::fail_those(route& r, const stanza_error& why,
                                 const std::function<bool(const parcel&)>& whom) {
    const auto failed = r.waiting.take_if(whom);
    for (const auto& p : failed) {
        if (p.done)
            p.done(why);
        else
            dropped_.add();
    }
}

// Answers everything that nobody will wait for until `later_than`.
void federation_impl::fail_waiting(route& r, steady_time later_than, const stanza_error& why) {
    fail_those(r, why, [&](const parcel& p) { return p.until < later_than; });
}

awaitable<void> federation_impl::pump(domain_pair pair) {
    route& r = *routes_.at(pair);
    while (!r.waiting.empty() && !r.via) {
        if (steady_clock::now() < r.retry_at)
            co_await back_off(r);
        else
            co_await attempt(r);
    }
    r.pumping = false;
}

awaitable<void> federation_impl::back_off(route& r) {
    fail_waiting(r, r.retry_at, *r.last_error);
    if (r.waiting.empty()) co_return;
    r.retry.reset();
    const auto until = r.retry_at;
    co_await r.retry.wait(until);
}

awaitable<void> federation_impl::attempt(route& r) {
    std::optional<stanza_error> failure;
    std::exception_ptr broken;
    try {
        failure = co_await open_route(r);
    } catch (...) {
        broken = std::current_exception();
    }
    r.attempt = nullptr;
    if (is_cancelled(broken)) std::rethrow_exception(broken);
    if (broken) failure = stanza_error::of("remote-server-timeout", stream::transport_words(broken));
    if (failure && !r.via) attempt_failed(r, *failure);
}

void federation_impl::attempt_failed(route& r, const stanza_error& why) {
    const auto now = steady_clock::now();
    const bool news = !r.last_error || r.last_error->text != why.text;
    r.last_error = why;
    r.retry_at = now + r.delay.next();
    if (news) log::info("xmpp server not reached", {{"domain", r.pair.remote}, {"reason", why.text}});
    if (why.condition != "remote-server-timeout") return fail_waiting(r, steady_time::max(), why);
    const bool worked = r.last_up != steady_time{} && now < r.last_up + recently;
    if (worked) return;
    // Who waits is told at once that the server cannot be reached; what was posted is worth its time.
    fail_those(r, why, [](const parcel& p) { return static_cast<bool>(p.done); });
}

// A server that speaks to us is up: no more waiting for the moment to try it again.
void federation_impl::heard_from(route& r, steady_time now) {
    r.last_up = now;
    if (r.via || r.retry_at <= now) return;
    r.retry_at = {};
    r.delay.reset();
    r.retry.set();
}

void federation_impl::in_opened(const connection_ptr&, const domain_pair& pair) {
    const auto now = steady_clock::now();
    for (auto& [key, r] : routes_)
        if (key.remote == pair.remote) heard_from(*r, now);
}

void federation_impl::flush(route& r) {
    // Whoever was told "too late" must not be surprised by a delivery.
    const auto late = stanza_error::of("remote-server-timeout", "the time to send it had passed");
    fail_waiting(r, steady_clock::now(), late);
    while (!r.waiting.empty() && r.via) {
        parcel p = r.waiting.pop_front();
        if (r.via->submit(std::move(p))) continue;
        // The stream has no room; it calls room_again().
        return r.waiting.push_front(std::move(p));
    }
}

void federation_impl::room_again(const connection_ptr& by) {
    for (auto& [pair, r] : routes_)
        if (r->via == by && !r->waiting.empty()) flush(*r);
}

void federation_impl::out_opened(const connection_ptr& by, const domain_pair& pair) {
    route* const r = route_for(pair);
    if (r == nullptr) return;
    r->last_up = r->last_use = steady_clock::now();
    r->delay.reset();
    r->retry_at = {};
    r->last_error.reset();
    r->retry.set();
    if (!r->via || r->via->over() || !r->via->open()) r->via = by;
    r->changed.set();
    flush(*r);
}

void federation_impl::out_refused(const connection_ptr& by, const domain_pair& pair,
                                  const std::string& words) {
    const auto found = routes_.find(pair);
    if (found == routes_.end() || found->second->attempt != by) return;
    found->second->refusal = words;
    found->second->changed.set();
}

void federation_impl::forget(const connection_ptr& by) {
    std::erase(connections_, by);
    live_.set(static_cast<double>(connections_.size()));
    stream_ended(by);
}

void federation_impl::stream_ended(const connection_ptr& by) {
    for (const auto& [name, question] : questions_) question->changed.set();
    for (auto& [pair, r] : routes_) {
        if (r->attempt == by) r->changed.set();
        if (r->via != by) continue;
        r->via = nullptr;
        r->last_up = steady_clock::now();
    }
    take_back(by->take_undelivered());
    for (auto& [pair, r] : routes_)
        if (!r->via && !r->waiting.empty()) start_pump(*r);
}

void federation_impl::take_back(std::vector<parcel> parcels) {
    const auto now = steady_clock::now();
    const auto too_late =
        stanza_error::of("remote-server-timeout", "the stream was lost before the stanza was confirmed");
    // From the youngest to the oldest, each put in front: the order within a pair stays.
    for (auto p = parcels.rbegin(); p != parcels.rend(); ++p) {
        route* const r = route_for(p->pair);
        if (r == nullptr || p->until <= now || !group_) {
            if (p->done)
                p->done(too_late);
            else
                dropped_.add();
            continue;
        }
        requeued_.add();
        r->waiting.push_front(std::move(*p));
    }
}

// Routes that nobody used for a while and that wait for nothing are forgotten.
awaitable<void> federation_impl::sweep() {
    for (;;) {
        co_await sleep_for(sweep_interval);
        const auto now = steady_clock::now();
        std::erase_if(routes_, [&](const auto& entry) {
            const route& r = *entry.second;
            return !r.via && !r.pumping && r.waiting.empty() && now >= r.last_use + recently;
        });
    }
}

}  // namespace stox::xmpp
