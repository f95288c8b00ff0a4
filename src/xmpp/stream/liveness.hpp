// SPDX-License-Identifier: Apache-2.0
// When to probe a silent peer, when to give it up, and when to close an idle stream. Time is an input. A peer
// that says nothing at all while it owes us a proof for stanzas is given up much sooner than an idle one: the
// connection may be half-open, and the stanzas can still be sent on another within their time.
#pragma once

#include <algorithm>
#include <optional>

#include "base/clock.hpp"

namespace stox::xmpp::stream {

class liveness {
  public:
    enum class advice { nothing, probe, dead, idle };

    /// `keep_alive` after the last byte from the peer a probe is due; a probe that wants an answer waits half
    /// of that for it. `idle` after the last stanza the stream is to be closed.
    liveness(milliseconds keep_alive, milliseconds idle, steady_time now)
        : keep_alive_(keep_alive), idle_(idle), heard_(now), carried_(now) {}

    /// The peer closes streams that are silent for longer (XEP-0478 section 3.1); zero: it does not say.
    void probe_within(milliseconds most) {
        if (most.count() > 0) keep_alive_ = std::min(keep_alive_, std::max(most, milliseconds(seconds(5))));
    }
    /// Bytes came from the peer.
    void heard(steady_time now) {
        heard_ = now;
        waiting_ = false;
    }
    /// A stanza went either way.
    void carried(steady_time now) { carried_ = now; }
    /// A probe went out; `wants_answer`: silence means death.
    void probed(steady_time now, bool wants_answer) {
        probed_ = now;
        waiting_ = wants_answer;
    }

    /// `unproven`: when the oldest stanza that the peer has not proven to have was written.
    advice judge(steady_time now, std::optional<steady_time> unproven = std::nullopt) const {
        if (unproven && now >= proof_due(*unproven)) return advice::dead;
        if (waiting_ && now >= probed_ + keep_alive_ / 2) return advice::dead;
        if (now >= carried_ + idle_) return advice::idle;
        if (!waiting_ && now >= std::max(heard_, probed_) + keep_alive_) return advice::probe;
        return advice::nothing;
    }

    /// When judge() may say something new.
    steady_time next(std::optional<steady_time> unproven = std::nullopt) const {
        auto due = waiting_ ? probed_ + keep_alive_ / 2 : std::max(heard_, probed_) + keep_alive_;
        if (unproven) due = std::min(due, proof_due(*unproven));
        return std::min(due, carried_ + idle_);
    }

  private:
    static constexpr seconds proof_limit{15};
    steady_time proof_due(steady_time unproven) const { return std::max(unproven, heard_) + proof_limit; }

    milliseconds keep_alive_, idle_;
    steady_time heard_, carried_, probed_{};
    bool waiting_ = false;
};

}  // namespace stox::xmpp::stream
