// SPDX-License-Identifier: Apache-2.0
#include "sip/transport/pool.hpp"

#include <utility>
#include <vector>

#include "runtime/timer.hpp"

namespace stox::sip {

namespace {

constexpr milliseconds handshake_limit{10'000};
constexpr milliseconds attempt_limit{15'000};
constexpr milliseconds seat_patience{1000};
constexpr milliseconds seat_check{50};
constexpr std::size_t most_waiting = 256;

/// Counts a task for as long as its frame lives.
struct counted {
    std::size_t& count;
    explicit counted(std::size_t& c) : count(c) { ++count; }
    ~counted() { --count; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
};

std::string key_of(const target& to) {
    return to_string(to) + " " + to.domain + (to.verify ? "" : " listed") +
           (to.for_response ? " answers" : "");
}

}  // namespace

connection_pool::connection_pool(executor ex, task_group& tasks, const net::certificate_store& certificates,
                                 std::string own_domain, pool_limits limits, receiver& up)
    : executor_(std::move(ex)),
      tasks_(tasks),
      certificates_(certificates),
      own_domain_(std::move(own_domain)),
      limits_(limits),
      up_(up) {}

std::shared_ptr<const void> connection_pool::take_seat(const net::ip_address& source) {
    const auto prefix = net::source_prefix(source);
    auto& taken = (*seats_)[prefix];
    if (taken >= limits_.unproven_per_source) return nullptr;
    ++taken;
    const auto give_back = [counts = seats_, prefix](const void*) {
        const auto it = counts->find(prefix);
        if (it != counts->end() && --it->second == 0) counts->erase(it);
    };
    return std::shared_ptr<const void>(seats_.get(), give_back);
}

void connection_pool::accept(transport kind, net::stream_ptr plain) {
    if (size() >= limits_.connections) {
        refused_.add();
        plain->close();
        return;
    }
    if (auto seat = take_seat(plain->remote().ip)) return begin(kind, std::move(plain), std::move(seat));
    if (waiting_ < most_waiting) {
        auto holder = std::make_shared<net::stream_ptr>(std::move(plain));
        tasks_.spawn_isolated([this, kind, holder]() { return wait_for_seat(kind, std::move(*holder)); });
        return;
    }
    refused_.add();
    plain->close();
}

awaitable<void> connection_pool::wait_for_seat(transport kind, net::stream_ptr plain) {
    const counted one(waiting_);
    const auto until = steady_clock::now() + seat_patience;
    while (steady_clock::now() < until) {
        co_await sleep_for(seat_check);
        if (auto seat = take_seat(plain->remote().ip)) {
            begin(kind, std::move(plain), std::move(seat));
            co_return;
        }
    }
    refused_.add();
    plain->close();
}

void connection_pool::begin(transport kind, net::stream_ptr plain, std::shared_ptr<const void> seat) {
    accepted_.add();
    if (kind == transport::tcp) {
        if (const auto made = start(kind, std::move(plain), {})) made->set_seat(std::move(seat));
        return;
    }
    auto holder = std::make_shared<net::stream_ptr>(std::move(plain));
    tasks_.spawn_isolated([this, holder, seat]() { return secure(std::move(*holder), seat); });
}

awaitable<void> connection_pool::secure(net::stream_ptr plain, std::shared_ptr<const void> seat) {
    net::tls_server_options options;
    options.default_domain = own_domain_;
    net::stream_ptr stream;
    const flow f{transport::tls, plain->local(), plain->remote(), 0, nullptr, {}};
    std::exception_ptr failure;
    {
        const counted one(handshakes_);
        try {
            stream = co_await net::accept_tls(std::move(plain), certificates_, std::move(options),
                                              handshake_limit);
        } catch (...) {
            failure = std::current_exception();
        }
    }
    if (is_cancelled(failure)) std::rethrow_exception(failure);
    if (failure) {
        const std::string words = "TLS handshake failed: " + describe(failure);
        up_.on_event(&f, words);
        co_return;
    }
    if (const auto made = start(transport::tls, std::move(stream), {})) made->set_seat(std::move(seat));
}

connection_ptr connection_pool::start(transport kind, net::stream_ptr stream, std::string opened_to) {
    const std::uint64_t id = ++last_;
    flow f{kind, stream->local(), stream->remote(), id, nullptr, std::move(opened_to)};
    auto made = std::make_shared<connection>(executor_, std::move(stream), std::move(f), limits_.each, up_);
    made->self = made;
    // The writer ends last: it closes the stream, which ends the reader.
    const bool reads = tasks_.spawn_isolated([made]() { return made->read(); });
    const bool writes = reads && tasks_.spawn_isolated([this, made, id]() -> awaitable<void> {
        std::exception_ptr failure;
        try {
            co_await made->write();
        } catch (...) {
            failure = std::current_exception();
        }
        live_.erase(id);
        if (failure) std::rethrow_exception(failure);
    });
    if (!writes) {
        made->close();
        return nullptr;
    }
    live_.emplace(id, made);
    return made;
}

// RFC 5923: a connection the peer opened takes our requests when its certificate covers the name and its Via
// asked for it.
connection_ptr connection_pool::reusable(const target& to) const {
    for (const auto& [id, c] : live_) {
        const flow& f = c->where();
        if (f.kind != to.kind || !c->readable() || !c->writable() || f.remote.ip != to.address.ip) continue;
        const bool same_port = f.remote.port == to.address.port;
        const bool ours = same_port && (!f.opened_to.empty() || (to.for_response && c->replies_only()));
        const bool theirs = f.opened_to.empty() && !c->replies_only() && f.kind == transport::tls &&
                            c->alias_port() == to.address.port && vouches_for(f.tls, to.domain);
        if (!ours && !theirs) continue;
        if (f.kind == transport::tls && to.verify && !vouches_for(f.tls, to.domain)) continue;
        return c;
    }
    return nullptr;
}

awaitable<reached> connection_pool::reach(target to) {
    reached out;
    if (const auto open = reusable(to)) {
        reused_.add();
        out.path = open->where();
        out.keep = open;
        out.reused = true;
        co_return out;
    }
    const std::string key = key_of(to);
    attempt_ptr waiting;
    if (const auto it = attempts_.find(key); it != attempts_.end()) waiting = it->second;
    if (!waiting) {
        out.why = reach_failure::no_socket;
        out.words = "too many connections";
        if (size() + attempts_.size() >= limits_.connections) co_return out;
        waiting = std::make_shared<attempt>(executor_);
        // Whoever can make us answer late must not fill the table with what we open for it.
        if (to.for_response) waiting->seat = take_seat(to.address.ip);
        if (to.for_response && !waiting->seat) co_return out;
        attempts_.emplace(key, waiting);
        const bool started = tasks_.spawn_isolated([this, to, waiting]() { return open(to, waiting); });
        if (!started) attempts_.erase(key);
        out.words = "shutting down";
        if (!started) co_return out;
    }
    const bool ended = co_await waiting->done.wait(steady_clock::now() + attempt_limit);
    if (ended) co_return waiting->outcome;
    out.why = reach_failure::unreachable;
    out.words = to_string(to) + ": no connection in time";
    co_return out;
}

awaitable<void> connection_pool::open(target to, attempt_ptr waiting) {
    std::exception_ptr failure;
    opened_stream opened;
    try {
        opened = co_await open_stream(to, certificates_, own_domain_);
    } catch (...) {
        failure = std::current_exception();
    }
    attempts_.erase(key_of(to));
    reached& out = waiting->outcome;
    out.why = opened.why;
    out.words = opened.words;
    if (opened.stream) {
        opened_.add();
        std::string opened_to = to.domain.empty() ? "-" : to.domain;
        if (to.for_response) opened_to.clear();
        const auto made = start(to.kind, std::move(opened.stream), std::move(opened_to));
        if (made && to.for_response) {
            made->set_replies_only();
            made->set_seat(std::move(waiting->seat));
        }
        if (made) out.path = made->where();
        out.keep = made;
    }
    if (!out.path && out.why == reach_failure::none) {
        out.why = reach_failure::unreachable;
        out.words = "shutting down";
    }
    waiting->seat.reset();
    waiting->done.set();
    if (failure) std::rethrow_exception(failure);
}

connection_ptr connection_pool::find(std::uint64_t id) const {
    const auto it = live_.find(id);
    return it == live_.end() ? nullptr : it->second;
}

bool connection_pool::send(std::uint64_t id, std::string_view bytes) {
    const auto c = find(id);
    return c && c->send(bytes);
}

void connection_pool::on_time(steady_time now) {
    std::vector<connection_ptr> all;
    all.reserve(live_.size());
    for (const auto& [id, c] : live_) all.push_back(c);
    for (const auto& c : all) c->on_time(now);
}

}  // namespace stox::sip
