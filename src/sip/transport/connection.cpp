// SPDX-License-Identifier: Apache-2.0
#include "sip/transport/connection.hpp"

#include <boost/system/system_error.hpp>
#include <utility>

#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"

namespace stox::sip {

namespace {

constexpr std::size_t read_size = 16'384;
constexpr milliseconds unread_patience{500};
constexpr std::string_view crlf = "\r\n";

metrics::labels label(const flow& f) { return {{"transport", std::string(to_string(f.kind))}}; }

}  // namespace

connection::connection(executor ex, net::stream_ptr stream, flow f, connection_limits limits, receiver& up)
    : stream_(std::move(stream)),
      flow_(std::move(f)),
      limits_(limits),
      up_(up),
      framer_(framer_limits{max_head_bytes, limits.max_message_bytes}),
      wake_(ex),
      drained_(std::move(ex)),
      opened_(steady_clock::now()),
      last_life_(opened_),
      last_ping_(opened_),
      received_("stox_sip_messages_received_total", "SIP messages received", label(flow_)),
      sent_("stox_sip_messages_sent_total", "SIP messages sent", label(flow_)),
      unreadable_("stox_sip_unreadable_total", "Datagrams and streams that were no SIP", label(flow_)) {
    flow_.tls = stream_->tls();
    admitted_ = !flow_.opened_to.empty();
}

awaitable<void> connection::read() {
    std::exception_ptr failure;
    try {
        co_await read_all();
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure && !ended_ && !is_cancelled(failure)) up_.on_event(&flow_, describe(failure));
    // The peer's orderly end leaves our direction open, for the answers to what it has just asked.
    reading_ = false;
    if (failure)
        close();
    else
        half_closed_ = steady_clock::now();
    up_.on_lost(flow_);
    if (!failure && !up_.owes_answers(flow_)) finish();
    if (failure && is_cancelled(failure)) std::rethrow_exception(failure);
}

awaitable<void> connection::read_all() {
    std::string buffer(read_size, '\0');
    while (!finishing_ && !ended_) {
        // A peer that asks and does not take the answers is to wait, not to lose them.
        if (unwritten() > limits_.pause_bytes) {
            drained_.reset();
            co_await drained_.wait();  // waits for: the writer, or close(), which slow_reader brings about
            continue;
        }
        const std::size_t count = co_await stream_->read_some(buffer);
        if (count == 0) co_return;
        if (std::exchange(unanswered_ping_, {}) != steady_time{}) ponged_ = true;
        framer_.feed(std::string_view(buffer).substr(0, count));
        if (!take_units()) co_return;
        if (framer_.between_messages())
            partial_since_ = {};
        else if (partial_since_ == steady_time{})
            partial_since_ = steady_clock::now();
    }
}

// False when nothing after this can be understood.
bool connection::take_units() {
    while (auto unit = framer_.next()) {
        take(*unit);
        if (unit->what == framed::kind::fault) return false;
        partial_since_ = {};
        if (finishing_ || ended_) return false;
    }
    return true;
}

// A peer that keeps its flow open by pings alone (RFC 5626 section 4.4.1) does so every two minutes or so.
void connection::take_ping() {
    const auto now = steady_clock::now();
    last_life_ = now;
    if (pings_.take(now)) {
        send(crlf);
        return;
    }
    up_.on_event(&flow_, "closed: a flood of keep-alives");
    finish();
}

void connection::take(const framed& unit) {
    switch (unit.what) {
        case framed::kind::ping:
            take_ping();
            return;
        case framed::kind::pong:
            return;
        case framed::kind::fault:
            unreadable_.add();
            up_.on_fault(unit, flow_);
            finish();
            return;
        case framed::kind::message:
            break;
    }
    last_life_ = steady_clock::now();
    auto parsed = message::parse(unit.bytes);
    if (!parsed) {
        unreadable_.add();
        // Where it ends is known, and others' transactions may wait on this connection.
        up_.on_event(&flow_, "unreadable message: " + parsed.error().text);
        return;
    }
    received_.add();
    up_.on_message(std::move(*parsed), flow_, self.lock(), unit.bytes);
}

awaitable<void> connection::write() {
    std::exception_ptr failure;
    try {
        co_await write_all();
    } catch (...) {
        failure = std::current_exception();
    }
    close();
    if (failure && is_cancelled(failure)) std::rethrow_exception(failure);
}

awaitable<void> connection::write_all() {
    std::string out;
    while (!ended_) {
        co_await wake_.wait();  // waits for: something to write, finish() or close()
        wake_.reset();
        while (!queue_.empty() && !ended_) {
            out.clear();
            out.swap(queue_);
            write_since_ = steady_clock::now();
            writing_ = out.size();
            co_await stream_->write(out);
            write_since_ = {};
            writing_ = 0;
            if (unwritten() <= limits_.pause_bytes) drained_.set();
        }
        if (!finishing_) continue;
        co_await stream_->shutdown();
        if (!framer_.failed()) co_return;
        // Closing over unread bytes would reset the connection and could destroy the answer on its way.
        co_await with_deadline(steady_clock::now() + unread_patience, discard_rest());
        co_return;
    }
}

awaitable<void> connection::discard_rest() {
    std::string buffer(read_size, '\0');
    std::size_t total = 0;
    while (total < limits_.max_queued_bytes) {
        const std::size_t count = co_await stream_->read_some(buffer);
        if (count == 0) co_return;
        total += count;
    }
}

bool connection::send(std::string_view bytes) {
    if (ended_ || finishing_) return false;
    if (unwritten() + bytes.size() > limits_.max_queued_bytes) return false;
    queue_ += bytes;
    if (bytes.size() > crlf.size()) sent_.add();
    wake_.set();
    return true;
}

void connection::finish() {
    finishing_ = true;
    wake_.set();
    drained_.set();
}

void connection::close() {
    if (ended_) return;
    ended_ = true;
    stream_->close();
    wake_.set();
    drained_.set();
}

std::string_view connection::overdue(steady_time now) const {
    const auto late = [now](steady_time since, seconds limit) {
        return since != steady_time{} && now - since > limit;
    };
    if (late(write_since_, limits_.slow_reader)) return "closed: the peer does not read";
    if (late(partial_since_, limits_.whole_message)) return "closed: half a message";
    if (!admitted_ && late(opened_, limits_.first_message)) return "closed: nothing admitted on it";
    if (late(last_life_, limits_.idle)) return "closed: idle";
    return {};
}

void connection::on_time(steady_time now) {
    if (ended_) return;
    const bool half_closed = half_closed_ != steady_time{};
    if (half_closed && (now - half_closed_ > limits_.linger || !up_.owes_answers(flow_))) return finish();
    if (const auto why = overdue(now); !why.empty()) {
        up_.on_event(&flow_, why);
        return why == "closed: idle" ? finish() : close();
    }
    if (!flow_.opened_to.empty() && !finishing_) keep_alive(now);
}

void connection::keep_alive(steady_time now) {
    const bool failed = unanswered_ping_ != steady_time{} && now - unanswered_ping_ > limits_.pong_within;
    // Not every peer answers pings: one that never did may still be at work on a request of ours.
    if (failed && (ponged_ || !up_.awaits_answers(flow_))) {
        up_.on_event(&flow_, "closed: no answer to a ping");
        return close();
    }
    if (now - last_ping_ < limits_.ping_every) return;
    last_ping_ = unanswered_ping_ = now;
    send("\r\n\r\n");
}

}  // namespace stox::sip
