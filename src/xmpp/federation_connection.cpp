// SPDX-License-Identifier: Apache-2.0
// A connection's life: negotiation by one task (RFC 6120 section 4.3), then a reader and a writer until the
// end. See federation_input.cpp for what the reader does with bytes.
#include "xmpp/federation_connection.hpp"

#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"
#include "xmpp/stream/words.hpp"

namespace stox::xmpp {

using phase = stream::s2s_fsm::phase;

namespace {

constexpr std::size_t queue_bytes = 1U << 20U;  // per stream (security: slow readers)
constexpr std::size_t write_batch = 64U << 10U;
constexpr std::size_t read_buffer = 16U << 10U;
constexpr seconds write_limit{60};
constexpr seconds closing_limit{5};  // for the peer's end tag after ours
constexpr milliseconds farewell_limit{2000};
constexpr milliseconds last_reading{2000};       // for the peer to read why we ended
constexpr std::size_t most_dropped = 4U << 20U;  // bytes read in that time and not looked at

std::string words_of(const std::exception_ptr& e) { return "connection lost: " + stream::transport_words(e); }

}  // namespace

connection::connection(executor ex, const federation_options& options,
                       const net::certificate_store& certificates, stream::s2s_settings settings,
                       connection_owner& owner)
    : executor_(ex),
      options_(options),
      certificates_(certificates),
      owner_(owner),
      fsm_(std::move(settings)),
      outbox_(options.queue_stanzas, queue_bytes),
      liveness_(options.keep_alive, options.idle_close, steady_clock::now()),
      pacer_(static_cast<double>(options.unproven_rate), static_cast<double>(options.unproven_burst),
             steady_clock::now()),
      buffer_(read_buffer),
      wake_(ex),
      drained_(ex),
      read_end_(ex),
      began_(steady_clock::now()) {}

void connection::attach(net::stream_ptr transport) {
    remote_ = transport->remote();
    transport_ = std::move(transport);
}

awaitable<void> connection::run() {
    const auto self = shared_from_this();  // the owner may forget us meanwhile
    std::exception_ptr failure;
    try {
        co_await live();
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure && !over_ && is_cancelled(failure)) {
        // What was accepted before the end leaves before our end tag.
        std::string last;
        for (auto more = next_bytes(); !more.empty(); more = next_bytes()) last += more;
        control_ = std::move(last);
        fsm_.close("stopping");
        drain_actions();
        co_await goodbye(farewell_limit, farewell());
    }
    const bool stopping = failure && !cut_ && is_cancelled(failure);
    fsm_.lost(stopping ? "stopping" : failure ? words_of(failure) : "ended");
    drain_actions();
    if (transport_) transport_->close();
    over_ = true;
    if (stopping) std::rethrow_exception(failure);
}

awaitable<void> connection::live() {
    new_reader();
    const auto until = began_ + options_.negotiation_limit;
    const bool in_time = co_await with_deadline(until, negotiate());
    if (!in_time && transport_) {
        fsm_.expired();
        drain_actions();
    }
    if (!transport_) co_return;
    writing_ = true;
    const auto self = shared_from_this();
    task_group group(executor_);
    group.spawn([self]() -> awaitable<void> { co_await self->read_all(); });
    group.spawn([self]() -> awaitable<void> { co_await self->write_all(); });
    co_await group.join();
}

awaitable<void> connection::negotiate() {
    std::exception_ptr failure;
    try {
        if (fsm_.settings().direct_tls) {
            co_await handshake();
        } else if (fsm_.settings().initiating) {
            fsm_.start();
        }
        co_await perform();
        co_await flush();
        while (fsm_.state() != phase::open && fsm_.state() != phase::ended) {
            co_await read_once();
            co_await flush();
        }
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    if (is_cancelled(failure)) std::rethrow_exception(failure);
    fsm_.lost(words_of(failure));
    drain_actions();
    if (transport_) transport_->close();
    transport_.reset();
}

// RFC 6120 section 5.4.3; XEP-0368 for the ALPN name and whose name the SNI carries.
awaitable<void> connection::handshake() {
    const bool direct = fsm_.settings().direct_tls;
    std::vector<std::string> alpn;
    if (direct) alpn.push_back("xmpp-server");
    net::stream_ptr plain = std::move(transport_);
    if (fsm_.settings().initiating) {
        net::tls_client_options tls;
        const auto& pair = fsm_.settings().first;
        if (const auto name = domain_to_ascii(pair.remote)) tls.server_name = *name;
        if (const auto name = domain_to_ascii(pair.local)) tls.own_domain = *name;
        tls.alpn = std::move(alpn);
        transport_ = co_await net::connect_tls(std::move(plain), certificates_, std::move(tls),
                                               options_.connect_limit);
    } else {
        net::tls_server_options tls;
        tls.alpn = std::move(alpn);
        tls.default_domain = options_.default_domain;
        if (const auto name = domain_to_ascii(fsm_.own_domain()); name && !name->empty())
            tls.default_domain = *name;
        transport_ =
            co_await net::accept_tls(std::move(plain), certificates_, std::move(tls), options_.connect_limit);
    }
    new_reader();
    fsm_.secured(*transport_->tls());
    if (direct && fsm_.settings().initiating) fsm_.start();
}

awaitable<void> connection::flush() {
    if (control_.empty() || !transport_) co_return;
    const std::string bytes = std::exchange(control_, {});
    co_await transport_->write(bytes);
}

awaitable<void> connection::read_all() {
    std::exception_ptr failure;
    try {
        while (fsm_.state() != phase::ended && !cut_) {
            co_await answers_written();
            if (!cut_) co_await read_once();
        }
        if (!cut_) co_await drop_rest();
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure && is_cancelled(failure) && !cut_) std::rethrow_exception(failure);
    if (failure) fsm_.lost(words_of(failure));
    drain_actions();
    read_end_.set();
    wake_.set();
}

// A peer that asks and does not read must not grow our answers.
awaitable<void> connection::answers_written() {
    const auto until = steady_clock::now() + write_limit;
    while (control_.size() > write_batch && !cut_) {
        drained_.reset();
        const bool drained = co_await drained_.wait(until);
        if (!drained) cut("the peer does not read");
    }
}

// A close with unread input resets the connection (RFC 1122 section 4.2.2.13), and a peer that is still
// writing would never read the stream error.
awaitable<void> connection::drop_rest() {
    const std::span<char> room(buffer_);
    std::size_t dropped = 0;
    while (dropped < most_dropped) {
        // waits for: the peer's end, bounded by last_reading or farewell_limit
        const std::size_t count = co_await transport_->read_some(room);
        if (count == 0) co_return;
        dropped += count;
    }
}

std::string connection::next_bytes() {
    std::string bytes = std::exchange(control_, {});
    drained_.set();
    // Until the stream is open, and after our end tag, no stanza goes out.
    if (fsm_.state() == phase::open && !out_pairs_.empty()) {
        auto stanzas = outbox_.take(write_batch);
        if (!stanzas.empty()) liveness_.carried(steady_clock::now());
        bytes += stanzas;
        if (full_ && outbox_.roomy()) {
            full_ = false;
            owner_.room_again(shared_from_this());
        }
    }
    return bytes;
}

awaitable<void> connection::write_all() {
    std::exception_ptr failure;
    try {
        for (;;) {
            wake_.reset();
            const std::string bytes = next_bytes();
            if (!bytes.empty()) {
                const auto until = steady_clock::now() + write_limit;
                const bool written = co_await with_deadline(until, transport_->write(bytes));
                if (!written) {
                    cut("the peer does not read");
                    break;
                }
                continue;
            }
            if (fsm_.state() == phase::ended) break;
            const auto until = next_tick();
            co_await wake_.wait(until);
            tick(steady_clock::now());
        }
        if (!cut_) co_await transport_->shutdown();
        const auto until = steady_clock::now() + last_reading;
        if (!cut_) co_await read_end_.wait(until);
        if (!cut_) cut("ended");
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    if (is_cancelled(failure) && !cut_) std::rethrow_exception(failure);
    cut(words_of(failure));
}

awaitable<void> connection::farewell() {
    if (!transport_ || cut_) co_return;
    co_await flush();
    co_await transport_->shutdown();
    co_await drop_rest();
}

void connection::cut(std::string words) {
    fsm_.lost(std::move(words));
    drain_actions();
    cut_ = true;
    drained_.set();
    if (transport_) transport_->close();
}

steady_time connection::next_tick() const {
    if (fsm_.state() == phase::closing) return closing_since_ + closing_limit;
    const auto next = liveness_.next(outbox_.unproven_since());
    return fsm_.authenticated() ? next : std::min(next, began_ + options_.negotiation_limit);
}

void connection::tick(steady_time now) {
    if (fsm_.state() == phase::ended) return;
    if (fsm_.state() == phase::closing) {
        if (now >= closing_since_ + closing_limit) cut("the peer did not close its side");
        return;
    }
    if (now >= began_ + options_.negotiation_limit) fsm_.expired();
    switch (liveness_.judge(now, outbox_.unproven_since())) {
        case stream::liveness::advice::nothing:
            break;
        case stream::liveness::advice::probe:
            probe(now);
            break;
        case stream::liveness::advice::dead:
            cut("the peer fell silent");
            return;
        case stream::liveness::advice::idle:
            close("idle");
            break;
    }
    drain_actions();
}

void connection::probe(steady_time now) {
    const bool can_ask = fsm_.is_managed() || !out_pairs_.empty();
    control_ +=
        can_ask ? outbox_.probe(out_pairs_.empty() ? stream::domain_pair{} : out_pairs_.front()) : " ";
    liveness_.probed(now, can_ask);
}

bool connection::submit(stream::parcel&& p) {
    if (!open()) return false;
    const auto most = fsm_.peer_limits().max_bytes;
    if (most != 0 && p.bytes.size() > most) {
        // XEP-0478 section 4: not sent rather than losing the stream.
        const auto words = "the other server takes at most " + std::to_string(most) + " bytes";
        if (p.done) p.done(stanza_error::of("policy-violation", words));
        return true;
    }
    if (!outbox_.push(std::move(p))) {
        full_ = true;
        return false;
    }
    wake_.set();
    return true;
}

bool connection::request_pair(const stream::domain_pair& pair) {
    if (over_ || !fsm_.request_pair(pair)) return false;
    drain_actions();
    return true;
}

void connection::verify(const stream::domain_pair& pair, const std::string& id, const std::string& key) {
    fsm_.verify(pair, id, key);
    drain_actions();
}

void connection::key_verified(const stream::domain_pair& pair, const std::string& id,
                              stream::verdict result) {
    if (over_) return;
    fsm_.key_verified(pair, id, result);
    drain_actions();
}

bool connection::pong(const stream::domain_pair& pair, std::string_view id) {
    if (!outbox_.pong(pair, id)) return false;
    liveness_.heard(steady_clock::now());
    wake_.set();
    return true;
}

void connection::close(std::string words) {
    if (fsm_.state() == phase::closing || fsm_.state() == phase::ended) return;
    if (why_.empty()) why_ = words;
    if (!writing_) return cut(std::move(words));  // nobody to write a goodbye during negotiation
    fsm_.close(std::move(words));
    closing_since_ = steady_clock::now();
    drain_actions();
}

}  // namespace stox::xmpp
