// SPDX-License-Identifier: Apache-2.0
// state       input             actions            next         timers
// (start)                                          proceeding   100=200 ms
// proceeding  100               send_trying        proceeding
// proceeding  request           send               proceeding   (the driver has nothing to send before a 1xx)
// proceeding  1xx               send               proceeding   100 off
// proceeding  2xx               send               accepted     L=64*T1
// proceeding  3xx-6xx           send               completed    G=T1 (unreliable), H=64*T1
// proceeding  transport error   transport_failed   proceeding
// completed   request           send               completed
// completed   G                 send               completed    G=min(2G, T2)
// completed   H                 timed_out ended    terminated
// completed   ACK               (reliable: ended)  confirmed    I=T4 (reliable: terminated)
// completed   transport error   transport_failed   completed
// confirmed   I                 ended              terminated
// accepted    2xx               send               accepted
// accepted    ACK               pass_up            accepted
// accepted    transport error   transport_failed   accepted
// accepted    L                 ended              terminated
// Everything else: nothing, same state (RFC 6026 section 7.1: a request in accepted is absorbed).
#include "sip/transaction/server_invite.hpp"

#include <algorithm>

namespace stox::sip::transaction {

namespace {

constexpr milliseconds quick_answer{200};  // RFC 3261 17.2.1: no 100 when the user answers within 200 ms

}  // namespace

server_invite::server_invite(timing t, steady_time now) : machine(t, state::proceeding), interval_(t.t1) {
    start(input::timer_trying, now + quick_answer);
}

actions server_invite::on(input i, steady_time now) {
    switch (state_) {
        case state::proceeding:
            return proceeding(i, now);
        case state::completed:
            return completed(i, now);
        case state::accepted:
            return accepted(i);
        case state::confirmed:
            return i == input::timer_i ? end() : nothing;
        default:
            return nothing;
    }
}

actions server_invite::proceeding(input i, steady_time now) {
    switch (i) {
        case input::timer_trying:
            return send_trying;
        case input::request:
            return send;
        case input::provisional:
            stop(input::timer_trying);
            return send;
        case input::success:
            stop_all();
            state_ = state::accepted;
            start(input::timer_l, now + timing_.patience());
            return send;
        case input::failure:
            stop_all();
            state_ = state::completed;
            if (!timing_.reliable) start(input::timer_g, now + interval_);
            start(input::timer_h, now + timing_.patience());
            return send;
        case input::transport_error:
            return transport_failed;
        default:
            return nothing;
    }
}

actions server_invite::completed(input i, steady_time now) {
    switch (i) {
        case input::request:
            return send;
        case input::timer_g:
            interval_ = std::min(2 * interval_, timing_.t2);
            start(input::timer_g, now + interval_);
            return send;
        case input::timer_h:
            return end(timed_out);
        case input::ack:
            if (timing_.reliable) return end();
            stop_all();
            state_ = state::confirmed;
            start(input::timer_i, now + timing_.t4);
            return nothing;
        case input::transport_error:
            return transport_failed;
        default:
            return nothing;
    }
}

actions server_invite::accepted(input i) {
    switch (i) {
        case input::success:
            return send;
        case input::ack:
            return pass_up;
        case input::timer_l:
            return end();
        case input::transport_error:
            return transport_failed;
        default:
            return nothing;
    }
}

}  // namespace stox::sip::transaction
