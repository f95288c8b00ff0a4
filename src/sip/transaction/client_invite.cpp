// SPDX-License-Identifier: Apache-2.0
// state       input             actions                              next         timers
// (start)                                                            calling      A=T1 (unreliable), B=64*T1
// calling     A                 send                                 calling      A=2A
// calling     B                 timed_out ended                      terminated
// call/proc   1xx               pass_up                              proceeding   none
// call/proc   2xx               pass_up                              accepted     M=64*T1
// call/proc   3xx-6xx           send_ack pass_up (reliable: ended)   completed    D=64*T1 (reliable:
// terminated) completed   3xx-6xx           send_ack                             completed completed   D
// ended                                terminated call/compl  transport error   transport_failed ended
// terminated accepted    2xx               pass_up                              accepted accepted    M ended
// terminated Everything else: nothing, same state. Timer D is "at least 32 s" in the standard: 64*T1 scales
// in tests.
#include "sip/transaction/client_invite.hpp"

namespace stox::sip::transaction {

client_invite::client_invite(timing t, steady_time now) : machine(t, state::calling), interval_(t.t1) {
    if (!timing_.reliable) start(input::timer_a, now + interval_);
    start(input::timer_b, now + timing_.patience());
}

actions client_invite::on(input i, steady_time now) {
    switch (state_) {
        case state::calling:
            return calling(i, now);
        case state::proceeding:
            return responded(i, now);
        case state::completed:
            if (i == input::failure) return send_ack;
            if (i == input::timer_d) return end();
            return i == input::transport_error ? end(transport_failed) : nothing;
        case state::accepted:
            if (i == input::timer_m) return end();
            return i == input::success ? pass_up : nothing;
        default:
            return nothing;
    }
}

actions client_invite::calling(input i, steady_time now) {
    switch (i) {
        case input::timer_a:
            interval_ = 2 * interval_;
            start(input::timer_a, now + interval_);
            return send;
        case input::timer_b:
            return end(timed_out);
        case input::transport_error:
            return end(transport_failed);
        default:
            return responded(i, now);
    }
}

actions client_invite::responded(input i, steady_time now) {
    switch (i) {
        case input::provisional:
            stop_all();
            state_ = state::proceeding;
            return pass_up;
        case input::success:
            stop_all();
            state_ = state::accepted;
            start(input::timer_m, now + timing_.patience());
            return pass_up;
        case input::failure:
            if (timing_.reliable) return end(send_ack | pass_up);
            stop_all();
            state_ = state::completed;
            start(input::timer_d, now + timing_.patience());
            return send_ack | pass_up;
        default:
            return nothing;
    }
}

}  // namespace stox::sip::transaction
