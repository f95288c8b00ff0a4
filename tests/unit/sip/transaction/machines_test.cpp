// SPDX-License-Identifier: Apache-2.0
// The transition tables of the four machines as data, every input in every state, and random walks.
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "sip/transaction/client_invite.hpp"
#include "sip/transaction/client_non_invite.hpp"
#include "sip/transaction/server_invite.hpp"
#include "sip/transaction/server_non_invite.hpp"

using namespace stox;
using namespace stox::sip::transaction;
using in = input;

namespace {

const steady_time start_time = steady_time{} + std::chrono::hours(1);

enum class kind { client_non_invite, client_invite, server_non_invite, server_invite };

machine_ptr make(kind k, bool reliable) {
    timing t;
    t.reliable = reliable;
    switch (k) {
        case kind::client_non_invite:
            return std::make_unique<client_non_invite>(t, start_time);
        case kind::client_invite:
            return std::make_unique<client_invite>(t, start_time);
        case kind::server_non_invite:
            return std::make_unique<server_non_invite>(t, start_time);
        case kind::server_invite:
            break;
    }
    return std::make_unique<server_invite>(t, start_time);
}

struct row {
    std::vector<in> before;  // inputs that lead to the state
    state from;
    in what;
    actions expected;
    state next;
    bool reliable = false;
};

void check_rows(kind k, const std::vector<row>& rows) {
    for (const auto& r : rows) {
        auto m = make(k, r.reliable);
        for (const auto i : r.before) m->on(i, start_time);
        INFO(to_string(r.from) << " + " << to_string(r.what) << (r.reliable ? " (reliable)" : ""));
        REQUIRE(m->current() == r.from);
        CHECK(m->on(r.what, start_time) == r.expected);
        CHECK(m->current() == r.next);
        if (r.next == state::terminated) CHECK_FALSE(m->next());
    }
}

milliseconds after(const machine& m) {
    return std::chrono::duration_cast<milliseconds>(*m.next() - start_time);
}

/// The moments (ms from the start) at which a machine left to its timers sends, until it ends.
std::vector<std::pair<long, actions>> left_alone(machine& m) {
    std::vector<std::pair<long, actions>> out;
    while (const auto at = m.next()) {
        const auto what = m.on_time(*at);
        out.emplace_back(std::chrono::duration_cast<milliseconds>(*at - start_time).count(), what);
    }
    return out;
}

}  // namespace

TEST_CASE("client non-INVITE: transition table (RFC 3261 17.1.2)") {
    const auto trying = state::trying, proceeding = state::proceeding, completed = state::completed,
               terminated = state::terminated;
    check_rows(kind::client_non_invite,
               {{{}, trying, in::timer_e, send, trying},
                {{}, trying, in::timer_f, timed_out | ended, terminated},
                {{}, trying, in::provisional, pass_up, proceeding},
                {{}, trying, in::success, pass_up, completed},
                {{}, trying, in::failure, pass_up, completed},
                {{}, trying, in::success, pass_up | ended, terminated, true},
                {{}, trying, in::transport_error, transport_failed | ended, terminated},
                {{in::provisional}, proceeding, in::timer_e, send, proceeding},
                {{in::provisional}, proceeding, in::timer_f, timed_out | ended, terminated},
                {{in::provisional}, proceeding, in::provisional, pass_up, proceeding},
                {{in::provisional}, proceeding, in::failure, pass_up, completed},
                {{in::provisional}, proceeding, in::failure, pass_up | ended, terminated, true},
                {{in::provisional}, proceeding, in::transport_error, transport_failed | ended, terminated},
                {{in::success}, completed, in::success, nothing, completed},
                {{in::success}, completed, in::timer_k, ended, terminated},
                {{in::success}, completed, in::transport_error, nothing, completed}});
}

TEST_CASE("client INVITE: transition table (RFC 3261 17.1.1, RFC 6026)") {
    const auto calling = state::calling, proceeding = state::proceeding, completed = state::completed,
               accepted = state::accepted, terminated = state::terminated;
    check_rows(kind::client_invite,
               {{{}, calling, in::timer_a, send, calling},
                {{}, calling, in::timer_b, timed_out | ended, terminated},
                {{}, calling, in::provisional, pass_up, proceeding},
                {{}, calling, in::success, pass_up, accepted},
                {{}, calling, in::failure, send_ack | pass_up, completed},
                {{}, calling, in::failure, send_ack | pass_up | ended, terminated, true},
                {{}, calling, in::transport_error, transport_failed | ended, terminated},
                {{in::provisional}, proceeding, in::provisional, pass_up, proceeding},
                {{in::provisional}, proceeding, in::success, pass_up, accepted},
                {{in::provisional}, proceeding, in::failure, send_ack | pass_up, completed},
                {{in::provisional}, proceeding, in::timer_b, nothing, proceeding},
                {{in::failure}, completed, in::failure, send_ack, completed},
                {{in::failure}, completed, in::success, nothing, completed},
                {{in::failure}, completed, in::timer_d, ended, terminated},
                {{in::failure}, completed, in::transport_error, transport_failed | ended, terminated},
                {{in::success}, accepted, in::success, pass_up, accepted},
                {{in::success}, accepted, in::failure, nothing, accepted},
                {{in::success}, accepted, in::timer_m, ended, terminated}});
}

TEST_CASE("server non-INVITE: transition table (RFC 3261 17.2.2, RFC 4320)") {
    const auto trying = state::trying, proceeding = state::proceeding, completed = state::completed,
               terminated = state::terminated;
    check_rows(kind::server_non_invite,
               {{{}, trying, in::request, nothing, trying},
                {{}, trying, in::timer_trying, send_trying, proceeding},
                {{}, trying, in::provisional, send, proceeding},
                {{}, trying, in::success, send, completed},
                {{}, trying, in::failure, send | ended, terminated, true},
                {{}, trying, in::timer_f, timed_out | ended, terminated},
                {{}, trying, in::transport_error, nothing, trying},
                {{in::timer_trying}, proceeding, in::request, send, proceeding},
                {{in::timer_trying}, proceeding, in::timer_f, timed_out | ended, terminated},
                {{in::provisional}, proceeding, in::provisional, send, proceeding},
                {{in::provisional}, proceeding, in::success, send, completed},
                {{in::provisional}, proceeding, in::transport_error, transport_failed | ended, terminated},
                {{in::success}, completed, in::request, send, completed},
                {{in::success}, completed, in::success, nothing, completed},
                {{in::success}, completed, in::timer_j, ended, terminated},
                {{in::success}, completed, in::transport_error, transport_failed | ended, terminated}});
}

TEST_CASE("server INVITE: transition table (RFC 3261 17.2.1, RFC 6026)") {
    const auto proceeding = state::proceeding, completed = state::completed, accepted = state::accepted,
               confirmed = state::confirmed, terminated = state::terminated;
    check_rows(kind::server_invite,
               {{{}, proceeding, in::request, send, proceeding},
                {{}, proceeding, in::timer_trying, send_trying, proceeding},
                {{}, proceeding, in::provisional, send, proceeding},
                {{}, proceeding, in::success, send, accepted},
                {{}, proceeding, in::failure, send, completed},
                {{}, proceeding, in::transport_error, transport_failed, proceeding},
                {{}, proceeding, in::ack, nothing, proceeding},
                {{in::failure}, completed, in::request, send, completed},
                {{in::failure}, completed, in::timer_g, send, completed},
                {{in::failure}, completed, in::timer_h, timed_out | ended, terminated},
                {{in::failure}, completed, in::ack, nothing, confirmed},
                {{in::failure}, completed, in::ack, ended, terminated, true},
                {{in::failure}, completed, in::transport_error, transport_failed, completed},
                {{in::failure, in::ack}, confirmed, in::ack, nothing, confirmed},
                {{in::failure, in::ack}, confirmed, in::request, nothing, confirmed},
                {{in::failure, in::ack}, confirmed, in::timer_i, ended, terminated},
                {{in::success}, accepted, in::request, nothing, accepted},
                {{in::success}, accepted, in::success, send, accepted},
                {{in::success}, accepted, in::ack, pass_up, accepted},
                {{in::success}, accepted, in::transport_error, transport_failed, accepted},
                {{in::success}, accepted, in::timer_l, ended, terminated}});
}

TEST_CASE("client non-INVITE: retransmits at T1, doubling to T2, until 64*T1") {
    auto m = make(kind::client_non_invite, false);
    const auto seen = left_alone(*m);
    const std::vector<std::pair<long, actions>> expected = {{500, send},
                                                            {1500, send},
                                                            {3500, send},
                                                            {7500, send},
                                                            {11500, send},
                                                            {15500, send},
                                                            {19500, send},
                                                            {23500, send},
                                                            {27500, send},
                                                            {31500, send},
                                                            {32000, timed_out | ended}};
    CHECK(seen == expected);
}

TEST_CASE("client non-INVITE: over TCP nothing is sent twice") {
    auto m = make(kind::client_non_invite, true);
    const std::vector<std::pair<long, actions>> expected = {{32000, timed_out | ended}};
    CHECK(left_alone(*m) == expected);
}

TEST_CASE("client INVITE: retransmits doubling without limit until 64*T1") {
    auto m = make(kind::client_invite, false);
    const std::vector<std::pair<long, actions>> expected = {{500, send},
                                                            {1500, send},
                                                            {3500, send},
                                                            {7500, send},
                                                            {15500, send},
                                                            {31500, send},
                                                            {32000, timed_out | ended}};
    CHECK(left_alone(*m) == expected);
}

TEST_CASE("server non-INVITE: 100 after 3.5 s, nothing at all after 64*T1 (RFC 4320)") {
    for (const bool reliable : {false, true}) {
        auto m = make(kind::server_non_invite, reliable);
        const std::vector<std::pair<long, actions>> expected = {{3500, send_trying},
                                                                {32000, timed_out | ended}};
        CHECK(left_alone(*m) == expected);
    }
}

TEST_CASE("server INVITE: 100 after 200 ms; a refusal is retransmitted until timer H") {
    auto m = make(kind::server_invite, false);
    CHECK(after(*m) == milliseconds(200));
    m->on(in::failure, start_time);
    const std::vector<std::pair<long, actions>> expected = {{500, send},
                                                            {1500, send},
                                                            {3500, send},
                                                            {7500, send},
                                                            {11500, send},
                                                            {15500, send},
                                                            {19500, send},
                                                            {23500, send},
                                                            {27500, send},
                                                            {31500, send},
                                                            {32000, timed_out | ended}};
    CHECK(left_alone(*m) == expected);
}

TEST_CASE("machines: every input in every reachable state keeps the invariants") {
    std::mt19937 random(7);  // fixed: a failure can be repeated
    for (const auto k :
         {kind::client_non_invite, kind::client_invite, kind::server_non_invite, kind::server_invite}) {
        for (int walk = 0; walk < 4000; ++walk) {
            auto m = make(k, walk % 2 == 0);
            auto now = start_time;
            for (int step = 0; step < 12; ++step) {
                const auto before = m->current();
                const auto i = static_cast<input>(random() % input_count);
                now += milliseconds(random() % 3000);
                const auto what = m->on(i, now);
                INFO(to_string(before) << " + " << to_string(i));
                // Nothing happens after the end, and the end leaves no timer.
                if (before == state::terminated) REQUIRE(what == nothing);
                REQUIRE(((what & ended) != 0) ==
                        (m->current() == state::terminated && before != state::terminated));
                if (m->current() == state::terminated) REQUIRE_FALSE(m->next());
                // Only an INVITE that rings may wait without a timer: its user bounds it (timer C, CANCEL).
                const bool may_wait = m->current() == state::terminated || m->current() == state::proceeding;
                if (!may_wait) REQUIRE(m->next());
                if (k == kind::client_non_invite || k == kind::server_non_invite)
                    REQUIRE((m->current() == state::terminated || m->next().has_value()));
            }
            // Left alone it ends, but for a ringing INVITE.
            int rounds = 0;
            while (const auto at = m->next()) {
                m->on_time(*at);
                REQUIRE(++rounds < 100);
            }
            REQUIRE((m->current() == state::terminated || m->current() == state::proceeding));
        }
    }
}
