// SPDX-License-Identifier: Apache-2.0
// state       input             actions                     next         timers
// (start)                                                   trying       100: see below, F=64*T1
// trying      100               send_trying                 proceeding
// try/proc    F                 timed_out ended             terminated
// try/proc    1xx               send                        proceeding   100 off
// proceeding  request           send                        proceeding
// try/proc    2xx, 3xx-6xx      send (reliable: ended)      completed    J=64*T1 (reliable: terminated)
// proceeding  transport error   transport_failed ended      terminated
// completed   request           send                        completed
// completed   J                 ended                       terminated
// completed   transport error   transport_failed ended      terminated
// Everything else: nothing, same state.
// RFC 4320 section 4: a 100 only once the client's timer E has reached T2 (T1 + 2*T1 + ... below T2), and no
// final response after the client's timer F: a late one is not sent at all, least of all a 408.
#include "sip/transaction/server_non_invite.hpp"

namespace stox::sip::transaction {

namespace {

milliseconds until_timer_e_is_t2(const timing& t) {
    milliseconds sum{0};
    for (milliseconds interval = t.t1; interval < t.t2; interval *= 2) sum += interval;
    return sum;
}

}  // namespace

server_non_invite::server_non_invite(timing t, steady_time now) : machine(t, state::trying) {
    start(input::timer_trying, now + until_timer_e_is_t2(timing_));
    start(input::timer_f, now + timing_.patience());
}

actions server_non_invite::on(input i, steady_time now) {
    if (state_ == state::trying || state_ == state::proceeding) return unanswered(i, now);
    if (state_ == state::completed) return completed(i);
    return nothing;
}

actions server_non_invite::unanswered(input i, steady_time now) {
    switch (i) {
        case input::timer_trying:
            if (state_ == state::proceeding) return nothing;
            state_ = state::proceeding;
            return send_trying;
        case input::timer_f:
            return end(timed_out);
        case input::provisional:
            stop(input::timer_trying);
            state_ = state::proceeding;
            return send;
        case input::request:
            return state_ == state::proceeding ? send : nothing;
        case input::success:
        case input::failure:
            if (timing_.reliable) return end(send);
            stop_all();
            state_ = state::completed;
            start(input::timer_j, now + timing_.patience());
            return send;
        case input::transport_error:
            return state_ == state::proceeding ? end(transport_failed) : nothing;
        default:
            return nothing;
    }
}

actions server_non_invite::completed(input i) {
    switch (i) {
        case input::request:
            return send;
        case input::timer_j:
            return end();
        case input::transport_error:
            return end(transport_failed);
        default:
            return nothing;
    }
}

}  // namespace stox::sip::transaction
