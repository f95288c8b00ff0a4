// SPDX-License-Identifier: Apache-2.0
// One TCP or TLS connection: a reader that frames, a writer with a bounded queue, keep-alives both ways, and
// the clock that ends it when it is idle, slow or half-said (RFC 3261 section 18, RFC 5626 section 3.5.1).
#pragma once

#include <memory>
#include <string>

#include "base/token_bucket.hpp"
#include "net/byte_stream.hpp"
#include "observe/metrics.hpp"
#include "runtime/event.hpp"
#include "sip/transport/receiver.hpp"

namespace stox::sip {

struct connection_limits {
    std::size_t max_message_bytes = 131'072;
    std::size_t max_queued_bytes = 1'048'576;
    std::size_t pause_bytes = 262'144;  // while more waits to be written, nothing is read
    seconds first_message{32};  // an accepted connection on which nothing was admitted is closed after that
    seconds whole_message{32};  // from its first byte to its last
    seconds slow_reader{60};    // a write that gets no further
    seconds idle{300};
    seconds ping_every{100};  // RFC 5626 section 4.4.1: 95 to 120 s, on connections we opened
    seconds pong_within{10};  // RFC 5626 section 4.4.1
    seconds linger{5};        // for our answers after the peer's end of stream
};

class connection {
  public:
    /// `f` with everything but `tls`, which comes from the stream.
    connection(executor ex, net::stream_ptr stream, flow f, connection_limits limits, receiver& up);

    /// The two tasks; each ends when the connection does. Run both, holding a shared_ptr to this.
    awaitable<void> read();
    awaitable<void> write();

    /// False when the connection is closing or the queue is full. Reading pauses long before the queue is.
    bool send(std::string_view bytes);
    /// Ends once what is queued is written.
    void finish();
    void close();
    /// Called about every second: closes what is overdue, sends pings.
    void on_time(steady_time now);

    const flow& where() const { return flow_; }
    bool readable() const { return reading_; }
    bool ended() const { return ended_; }
    /// Takes what is sent, unless its queue is full.
    bool writable() const { return !ended_ && !finishing_; }
    /// A request on it was admitted, whoever sent it.
    void set_admitted() { admitted_ = true; }
    /// A sender on it proved its identity: it no longer counts as a stranger's.
    void set_proven() { seat_.reset(); }
    /// What an unproven connection holds of its source's allowance; given back when proven or gone.
    void set_seat(std::shared_ptr<const void> seat) { seat_ = std::move(seat); }
    /// RFC 5923: the port at which the peer says that requests may come back this way; 0: it did not.
    std::uint16_t alias_port() const { return alias_port_; }
    void set_alias_port(std::uint16_t port) { alias_port_ = port; }
    /// Opened for answers (target::for_response): takes no requests of ours.
    bool replies_only() const { return replies_only_; }
    void set_replies_only() { replies_only_ = true; }

    /// Set by the owner, so that received messages can keep the connection's TLS facts alive.
    std::weak_ptr<connection> self;

  private:
    awaitable<void> read_all();
    awaitable<void> write_all();
    awaitable<void> discard_rest();
    bool take_units();
    void take_ping();
    void keep_alive(steady_time now);
    void take(const framed& unit);
    std::size_t unwritten() const { return queue_.size() + writing_; }
    std::string_view overdue(steady_time now) const;

    net::stream_ptr stream_;
    flow flow_;
    connection_limits limits_;
    receiver& up_;
    framer framer_;
    event wake_;
    std::string queue_;
    std::size_t writing_ = 0;  // bytes under way, no longer in the queue
    event drained_;
    steady_time opened_, last_life_, last_ping_;
    steady_time unanswered_ping_{};
    token_bucket pings_{1, 20};  // of the peer
    bool ponged_ = false;        // the peer answers ours
    steady_time partial_since_{}, write_since_{}, half_closed_{};
    bool reading_ = true, finishing_ = false, ended_ = false, admitted_ = false, replies_only_ = false;
    std::uint16_t alias_port_ = 0;
    std::shared_ptr<const void> seat_;
    metrics::counter received_, sent_, unreadable_;
};
using connection_ptr = std::shared_ptr<connection>;

}  // namespace stox::sip
