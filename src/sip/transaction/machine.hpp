// SPDX-License-Identifier: Apache-2.0
// What the four transaction state machines share: inputs, actions as a set of bits, and named timers with
// time as an input. Sans-io: whoever drives a machine owns the messages, sends what `send` asks for and calls
// on_time(). The machines: client_invite, client_non_invite, server_invite, server_non_invite (.hpp/.cpp).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace stox::sip::transaction {

/// Of a client transaction `provisional`, `success` and `failure` were received; of a server transaction the
/// user (TU) wants them sent. The timers carry the letters of RFC 3261 section 17 and RFC 6026.
enum class input {
    provisional,      // 1xx
    success,          // 2xx
    failure,          // 3xx to 6xx
    request,          // server: the request once more
    ack,              // INVITE server: an ACK with the same branch
    transport_error,  // what was last sent could not be
    timer_a,
    timer_b,
    timer_d,
    timer_e,
    timer_f,
    timer_g,
    timer_h,
    timer_i,
    timer_j,
    timer_k,
    timer_l,
    timer_m,
    timer_trying,  // server: time for a 100 of our own
};
constexpr auto input_count = static_cast<std::size_t>(input::timer_trying) + 1;
std::string_view to_string(input i);

enum class state {
    calling,     // INVITE client: request sent, nothing back
    trying,      // non-INVITE: request sent, or received and not answered
    proceeding,  // 1xx seen or sent; INVITE server: from the start
    completed,   // final response seen or sent
    accepted,    // INVITE after 2xx (RFC 6026)
    confirmed,   // INVITE server after the ACK
    terminated,  // forget it
};
constexpr auto state_count = static_cast<std::size_t>(state::terminated) + 1;
std::string_view to_string(state s);

/// What the driver does, in the order of the bits.
using actions = unsigned;
constexpr actions nothing = 0;
constexpr actions send = 1;               // the request (client) or the latest response (server), once more
constexpr actions send_trying = 2;        // a 100 made by the driver; it becomes the latest response
constexpr actions send_ack = 4;           // INVITE client: ACK for a response of 300 and above
constexpr actions pass_up = 8;            // the input belongs to the user
constexpr actions timed_out = 16;         // tell the user: nothing came in time
constexpr actions transport_failed = 32;  // tell the user
constexpr actions ended = 64;             // the transaction is over

struct timing {
    milliseconds t1{500};   // round-trip estimate (RFC 3261 17.1.1.1)
    milliseconds t2{4000};  // longest retransmit interval of non-INVITE requests and INVITE responses
    milliseconds t4{5000};  // how long a message stays in the network
    bool reliable = false;  // TCP and TLS: no retransmissions, no lingering
    milliseconds patience() const { return 64 * t1; }
};

class machine {
  public:
    virtual ~machine() = default;
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;

    /// An input that means nothing in the present state changes nothing.
    virtual actions on(input i, steady_time now) = 0;

    /// Feeds one timer that is due at `now`; call until next() lies in the future.
    actions on_time(steady_time now);
    /// When the earliest timer fires.
    std::optional<steady_time> next() const;
    bool running(input timer) const { return slot(timer) != nullptr; }
    state current() const { return state_; }

  protected:
    machine(timing t, state first) : timing_(t), state_(first) {}

    void start(input timer, steady_time at);
    void stop(input timer);
    void stop_all();
    /// Enters `terminated` and gives `with | ended`.
    actions end(actions with = nothing);

    const timing timing_;
    state state_;

  private:
    struct entry {
        input timer{};
        steady_time at{};
        bool set = false;
    };
    const entry* slot(input timer) const;
    std::array<entry, 3> timers_{};
};
using machine_ptr = std::unique_ptr<machine>;

}  // namespace stox::sip::transaction
