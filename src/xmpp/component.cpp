// SPDX-License-Identifier: Apache-2.0
#include "xmpp/component.hpp"

#include "observe/log.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"
#include "runtime/timer.hpp"
#include "xmpp/component_impl.hpp"
#include "xmpp/stream/words.hpp"

namespace stox::xmpp {

using phase = stream::component_fsm::phase;

namespace {

constexpr std::size_t queue_bytes = 1U << 20U;
constexpr std::size_t write_batch = 64U << 10U;
constexpr std::size_t read_buffer = 16U << 10U;
constexpr milliseconds connect_limit{10'000};
constexpr milliseconds handshake_limit{15'000};
constexpr milliseconds keep_alive{60'000};
constexpr milliseconds never_idle{std::chrono::hours(24 * 365)};
constexpr milliseconds farewell_limit{2000};
constexpr seconds write_limit{60};
constexpr seconds post_limit{60};

// As addresses hold it.
std::string as_in_addresses(const std::string& domain) {
    auto unicode = domain_to_unicode(domain);
    return unicode ? std::move(*unicode) : domain;
}

// A ping to our own domain comes back from the server that we are connected to, whatever else it serves: that
// proves as well that it took what went before.
stream::domain_pair ping_pair(const component_options& o) {
    return {as_in_addresses(o.domain), as_in_addresses(o.server_domain.empty() ? o.domain : o.server_domain)};
}

struct receipt {
    explicit receipt(executor ex) : settled(std::move(ex)) {}
    event settled;
    std::optional<stanza_error> error;
};

}  // namespace

std::unique_ptr<component> make_component(executor ex, component_options options, dns::resolver& resolver) {
    return std::make_unique<component_impl>(std::move(ex), std::move(options), resolver);
}

component_impl::component_impl(executor ex, component_options options, dns::resolver& resolver)
    : executor_(ex),
      options_(std::move(options)),
      resolver_(resolver),
      ping_pair_(ping_pair(options_)),
      outbox_(options_.queue_stanzas, queue_bytes),
      liveness_(keep_alive, never_idle, steady_clock::now()),
      buffer_(read_buffer),
      wake_(ex) {}

// --- sending -----------------------------------------------------------------------------------------------

awaitable<std::optional<stanza_error>> component_impl::send(outgoing_stanza stanza, milliseconds limit) {
    const auto outcome = std::make_shared<receipt>(executor_);
    stream::parcel p;
    p.until = steady_clock::now() + limit;
    p.done = [outcome](const std::optional<stanza_error>& error) {
        outcome->error = error;
        outcome->settled.set();
    };
    const auto until = p.until;
    if (!enqueue(stanza, std::move(p)))
        co_return stanza_error::of("resource-constraint", "too much is waiting for the XMPP server");
    const bool settled = co_await outcome->settled.wait(until);
    if (settled) co_return outcome->error;
    const std::string words = up_ ? "the XMPP server did not confirm the stanza in time" : last_words_;
    co_return stanza_error::of("remote-server-timeout", words);
}

bool component_impl::post(outgoing_stanza stanza) {
    stream::parcel p;
    p.until = steady_clock::now() + post_limit;
    return enqueue(stanza, std::move(p));
}

bool component_impl::enqueue(outgoing_stanza& stanza, stream::parcel&& p) {
    if (waiting_.size() >= options_.queue_stanzas) return false;
    const std::string peer = options_.host;
    if (tap_) tap_->on_stanza(false, peer, stanza.from, stanza.to, {}, stanza.bytes);
    p.pair = ping_pair_;
    p.bytes = std::move(stanza.bytes);
    out_.add();
    if (up_) {
        if (!outbox_.push(std::move(p))) return false;
        wake_.set();
        return true;
    }
    if (p.until < retry_at_) {
        if (p.done) p.done(stanza_error::of("remote-server-timeout", last_words_));
        return true;
    }
    waiting_.push_back(std::move(p));
    return true;
}

void component_impl::fail_waiting(steady_time later_than, const std::string& words) {
    const auto why = stanza_error::of("remote-server-timeout", words);
    for (auto& p : std::exchange(waiting_, {})) {
        if (p.until >= later_than)
            waiting_.push_back(std::move(p));
        else if (p.done)
            p.done(why);
    }
}

// --- the connection ----------------------------------------------------------------------------------------

awaitable<void> component_impl::run() {
    for (;;) {
        std::exception_ptr failure;
        std::string words;
        try {
            words = co_await connect_once();
        } catch (...) {
            failure = std::current_exception();
        }
        if (is_cancelled(failure)) {
            fail_waiting(steady_time::max(), "the gateway is stopping");
            std::rethrow_exception(failure);
        }
        if (failure) words = stream::transport_words(failure);
        say(words);
        retry_at_ = steady_clock::now() + delay_.next();
        // A refusal stays until somebody changes a configuration: no use in waiting.
        const bool refused = fsm_ && !fsm_->refusal().empty();
        fail_waiting(refused ? steady_time::max() : retry_at_, last_words_);
        const auto until = retry_at_;
        co_await sleep_until(until);
        retry_at_ = {};
    }
}

// One clear line for each new reason, not one for each attempt.
void component_impl::say(const std::string& words) {
    const std::string full = "component " + options_.domain + " at " + options_.host + ":" +
                             std::to_string(options_.port) + ": " + words;
    if (full == last_words_) return;
    last_words_ = full;
    log::warn("xmpp component not connected", {{"domain", options_.domain}, {"reason", full}});
    if (tap_) tap_->on_event(options_.domain, ping_pair_.remote, full);
}

awaitable<std::string> component_impl::connect_once() {
    std::string host = options_.host;
    const dns::answer<net::ip_address> found = co_await resolver_.addresses(std::move(host));
    if (found.records.empty()) co_return options_.host + " has no address";
    std::string words;
    for (const auto& ip : found.records) {
        std::exception_ptr failure;
        net::stream_ptr transport;
        const net::socket_address to{ip, options_.port};
        try {
            transport = co_await net::connect_tcp(to, connect_limit);
        } catch (...) {
            failure = std::current_exception();
        }
        if (is_cancelled(failure)) std::rethrow_exception(failure);
        if (failure) {
            words = "connecting to " + to_string(to) + " failed: " + stream::transport_words(failure);
            continue;
        }
        co_await session(std::move(transport));
        co_return fsm_->why();
    }
    co_return words;
}

void component_impl::new_stream() {
    cut_ = false;
    fsm_ = std::make_unique<stream::component_fsm>(ping_pair_.local, options_.secret);
    xml::stream_reader::events events;
    events.opened = [this](xml::element root) { fsm_->opened(root); };
    events.closed = [this] { fsm_->closed(); };
    events.stanza = [this](xml::element e) {
        stanza_ = fsm_->received(e) ? e : xml::element();
        reader_->pause();
    };
    reader_ = std::make_unique<xml::stream_reader>(xml::limits{}, std::move(events));
    liveness_ = stream::liveness(keep_alive, never_idle, steady_clock::now());
}

awaitable<void> component_impl::session(net::stream_ptr transport) {
    transport_ = std::move(transport);
    new_stream();
    fsm_->start();
    std::exception_ptr failure;
    try {
        const auto until = steady_clock::now() + handshake_limit;
        const bool in_time = co_await with_deadline(until, negotiate());
        if (!in_time) fsm_->lost("the handshake took too long");
        if (fsm_->state() == phase::open) {
            up_ = true;
            connected_.set(1);
            delay_.reset();
            last_words_.clear();
            log::info("xmpp component connected", {{"domain", options_.domain}});
            while (!waiting_.empty() && outbox_.push(std::move(waiting_.front()))) waiting_.pop_front();
            fail_waiting(steady_time::max(), "too much was waiting for the XMPP server");
            task_group group(executor_);
            group.spawn([this] { return read_all(); });
            group.spawn([this] { return write_all(); });
            co_await group.join();
        }
    } catch (...) {
        failure = std::current_exception();
    }
    up_ = false;
    connected_.set(0);
    const bool stopping = is_cancelled(failure) && !cut_;
    if (stopping) {
        fsm_->close();
        co_await goodbye(farewell_limit, farewell());
    }
    fsm_->lost(failure ? "connection lost: " + stream::transport_words(failure) : "ended");
    transport_->close();
    auto back = outbox_.give_back();
    for (auto p = back.rbegin(); p != back.rend(); ++p) waiting_.push_front(std::move(*p));
    outbox_ = stream::outbox(options_.queue_stanzas, queue_bytes);
    if (stopping) std::rethrow_exception(failure);
}

awaitable<void> component_impl::negotiate() {
    while (fsm_->state() != phase::open && fsm_->state() != phase::ended) {
        const std::string bytes = fsm_->take();
        if (!bytes.empty()) co_await transport_->write(bytes);
        co_await read_once();
    }
    // A refusal of ours is heard only if it is sent.
    const std::string last = fsm_->take();
    if (!last.empty()) co_await transport_->write(last);
}

awaitable<void> component_impl::read_once() {
    const std::span<char> room(buffer_);
    const std::size_t count = co_await transport_->read_some(room);
    if (count == 0) {
        fsm_->lost("the server closed the connection");
        co_return;
    }
    liveness_.heard(steady_clock::now());
    auto fault = reader_->feed(std::string_view(buffer_.data(), count));
    for (;;) {
        if (fault) fsm_->fault(*fault);
        if (!reader_->paused() || fsm_->state() == phase::ended) break;
        if (stanza_) co_await deliver();
        stanza_ = {};
        fault = reader_->resume();
    }
    wake_.set();
}

bool component_impl::is_answer_to_ping() const {
    if (std::string_view(stanza_.name()) != "iq") return false;
    return fsm_->from().to_string() == ping_pair_.remote && fsm_->to().to_string() == ping_pair_.local;
}

awaitable<void> component_impl::deliver() {
    if (is_answer_to_ping() && outbox_.pong(ping_pair_, xml::attribute(stanza_, "id"))) co_return;
    in_.add();
    if (tap_) tap_->on_stanza(true, options_.host, fsm_->from(), fsm_->to(), stanza_, {});
    incoming_stanza stanza;
    stanza.from = fsm_->from();
    stanza.to = fsm_->to();
    stanza.tree = stanza_;
    stanza.ns = stream::ns_component;
    stanza.via_component = true;
    co_await hand_up(handler_, stanza);
}

awaitable<void> component_impl::read_all() {
    std::exception_ptr failure;
    try {
        while (fsm_->state() != phase::ended) co_await read_once();
    } catch (...) {
        failure = std::current_exception();
    }
    if (is_cancelled(failure) && !cut_) std::rethrow_exception(failure);
    if (failure) fsm_->lost("connection lost: " + stream::transport_words(failure));
    wake_.set();
}

std::string component_impl::next_bytes() {
    std::string bytes = fsm_->take();
    if (fsm_->state() == phase::open) bytes += outbox_.take(write_batch);
    return bytes;
}

awaitable<void> component_impl::write_all() {
    std::exception_ptr failure;
    try {
        for (;;) {
            wake_.reset();
            std::string bytes = next_bytes();
            const auto now = steady_clock::now();
            const auto advice = liveness_.judge(now);
            if (advice == stream::liveness::advice::dead) {
                cut("the server fell silent");
                break;
            }
            if (bytes.empty() && advice == stream::liveness::advice::probe) {
                bytes = outbox_.probe(ping_pair_);
                liveness_.probed(now, true);
            }
            if (!bytes.empty()) {
                const bool written = co_await with_deadline(now + write_limit, transport_->write(bytes));
                if (written) continue;
                cut("the server does not read");
                break;
            }
            if (fsm_->state() == phase::ended) break;
            const auto until = liveness_.next();
            co_await wake_.wait(until);
        }
        if (!cut_) co_await transport_->shutdown();
        if (!cut_) cut("ended");
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    if (is_cancelled(failure) && !cut_) std::rethrow_exception(failure);
    cut("connection lost: " + stream::transport_words(failure));
}

void component_impl::cut(std::string words) {
    fsm_->lost(std::move(words));
    cut_ = true;
    transport_->close();
}

awaitable<void> component_impl::farewell() {
    const std::string bytes = fsm_->take();
    if (!bytes.empty()) co_await transport_->write(bytes);
    co_await transport_->shutdown();
}

}  // namespace stox::xmpp
