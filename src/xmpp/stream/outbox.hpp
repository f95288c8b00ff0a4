// SPDX-License-Identifier: Apache-2.0
// The stanzas on their way out over one stream, and the proof that they were taken: stream management's
// counter (XEP-0198 section 4) once managed() was called, else an iq ping (XEP-0199) sent behind them that
// comes back, with a result or an error. Without I/O; the stream's writer takes bytes from it. Bounded: what
// waits and what is unproven, in stanzas and in bytes each.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "xmpp/stanza_error.hpp"
#include "xmpp/stream/names.hpp"

namespace stox::xmpp::stream {

/// A stanza and who wants to know what became of it.
struct parcel {
    std::string bytes;
    domain_pair pair;
    steady_time until = steady_time::max();  // after this nobody waits any more
    /// Called once with nothing (taken) or the error; empty for stanzas whose fate nobody asks about.
    std::function<void(const std::optional<stanza_error>&)> done;
};

class outbox {
  public:
    outbox(std::size_t max_stanzas, std::size_t max_bytes)
        : max_stanzas_(max_stanzas), max_bytes_(max_bytes) {}

    /// False (and the parcel untouched) when full.
    bool push(parcel&& p);

    /// About `at_most` bytes to write now, with the request for an acknowledgement behind them; "" when there
    /// is nothing, or too much is unacknowledged. A stanza whose time has passed is left out: its sender was
    /// told, and may have sent it again.
    std::string take(std::size_t at_most, steady_time now = steady_clock::now());

    /// From here on stanzas are counted (XEP-0198).
    void managed() { managed_ = true; }
    /// The peer's counter; false when it is higher than what was sent (a stream error).
    bool acknowledged(std::uint32_t h);
    /// An iq result or error between the domains of `pair`; true when it answers one of our pings.
    bool pong(const domain_pair& pair, std::string_view id);

    /// A request that the peer must answer when it is alive: <r/>, or a ping for `pair`.
    std::string probe(const domain_pair& pair);

    /// Everything whose taking was not proven and still matters, in the order it was pushed; empties the box.
    std::vector<parcel> give_back();

    std::size_t queued() const { return waiting_.size(); }
    std::size_t unacknowledged() const { return in_flight_.size(); }
    /// Half of what may wait is free.
    bool roomy() const { return waiting_.size() <= max_stanzas_ / 2 && waiting_bytes_ <= max_bytes_ / 2; }
    /// When the oldest stanza without proof was written.
    std::optional<steady_time> unproven_since() const {
        if (in_flight_.empty()) return std::nullopt;
        return in_flight_.front().written;
    }
    bool empty() const { return waiting_.empty() && in_flight_.empty(); }

  private:
    struct sent {
        parcel what;
        std::uint64_t sequence;
        bool counted;
        steady_time written;
    };
    struct ping {
        std::string id;
        domain_pair pair;
        std::uint64_t sequence;  // everything of the pair up to here is taken when it is answered
    };

    std::string write_ping(const domain_pair& pair);
    bool may_write() const;
    void settle(std::deque<sent>::iterator at);

    std::size_t max_stanzas_, max_bytes_;
    std::deque<parcel> waiting_;
    std::deque<sent> in_flight_;
    std::deque<ping> pings_;
    std::size_t waiting_bytes_ = 0, in_flight_bytes_ = 0;
    std::uint64_t sequence_ = 0;
    std::uint32_t acknowledged_ = 0;  // the peer's counter, modulo 2^32
    std::uint32_t counted_ = 0;       // in flight and counted by the peer
    bool managed_ = false;
};

}  // namespace stox::xmpp::stream
