// SPDX-License-Identifier: Apache-2.0
// state       input             actions                     next         timers
// (start)                                                   trying       E=T1 (unreliable), F=64*T1
// trying      E                 send                        trying       E=min(2E, T2)
// proceeding  E                 send                        proceeding   E=T2
// try/proc    F                 timed_out ended             terminated
// try/proc    1xx               pass_up                     proceeding
// try/proc    2xx, 3xx-6xx      pass_up (reliable: ended)   completed    K=T4 (reliable: terminated)
// try/proc    transport error   transport_failed ended      terminated
// completed   K                 ended                       terminated
// Everything else: nothing, same state.
#include "sip/transaction/client_non_invite.hpp"

#include <algorithm>

namespace stox::sip::transaction {

client_non_invite::client_non_invite(timing t, steady_time now) : machine(t, state::trying), interval_(t.t1) {
    if (!timing_.reliable) start(input::timer_e, now + interval_);
    start(input::timer_f, now + timing_.patience());
}

actions client_non_invite::on(input i, steady_time now) {
    if (state_ == state::trying || state_ == state::proceeding) return in_flight(i, now);
    if (state_ == state::completed && i == input::timer_k) return end();
    return nothing;
}

actions client_non_invite::in_flight(input i, steady_time now) {
    switch (i) {
        case input::timer_e:
            interval_ = state_ == state::proceeding ? timing_.t2 : std::min(2 * interval_, timing_.t2);
            start(input::timer_e, now + interval_);
            return send;
        case input::timer_f:
            return end(timed_out);
        case input::provisional:
            state_ = state::proceeding;
            return pass_up;
        case input::success:
        case input::failure:
            return answered(now);
        case input::transport_error:
            return end(transport_failed);
        default:
            return nothing;
    }
}

actions client_non_invite::answered(steady_time now) {
    if (timing_.reliable) return end(pass_up);
    stop_all();
    state_ = state::completed;
    start(input::timer_k, now + timing_.t4);
    return pass_up;
}

}  // namespace stox::sip::transaction
