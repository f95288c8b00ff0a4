// SPDX-License-Identifier: Apache-2.0
// Proof that stanzas were taken: by counter and by ping; and what comes back when a stream is lost.
#include <catch2/catch.hpp>

#include "tests/unit/xmpp/stream/s2s_script.hpp"
#include "xmpp/stream/liveness.hpp"
#include "xmpp/stream/outbox.hpp"

using namespace stox;
using namespace stox::xmpp::stream;
using stox::xmpp::stream::test::has;
using stox::xmpp::stream::test::value_in;

namespace {

const domain_pair ab{"sip.test", "peer.test"};
const domain_pair ac{"sip.test", "other.test"};

// What became of each stanza, by its bytes.
struct ledger {
    std::vector<std::string> taken;
    parcel of(const std::string& bytes, const domain_pair& pair = ab) {
        parcel p;
        p.bytes = bytes;
        p.pair = pair;
        p.done = [this, bytes](const auto& error) {
            if (!error) taken.push_back(bytes);
        };
        return p;
    }
    static parcel post(const std::string& bytes) {
        parcel p;
        p.bytes = bytes;
        p.pair = ab;
        return p;
    }
};

std::string bytes_of(const std::vector<parcel>& parcels) {
    std::string out;
    for (const auto& p : parcels) out += p.bytes;
    return out;
}

}  // namespace

TEST_CASE("outbox: one ping covers all that went before it on its pair") {
    outbox box(100, 10'000);
    ledger l;
    box.push(l.of("1"));
    box.push(l.of("2"));
    const auto bytes = box.take(1000);
    CHECK(bytes.starts_with("12<iq type='get'"));
    CHECK(has(bytes, "from='sip.test' to='peer.test'"));
    box.push(l.of("3"));
    const auto later = box.take(1000);
    CHECK_FALSE(box.pong(ab, "guess"));
    CHECK_FALSE(box.pong(ac, value_in(bytes, "id")));
    CHECK(l.taken.empty());
    CHECK(box.pong(ab, value_in(bytes, "id")));
    CHECK(l.taken == std::vector<std::string>{"1", "2"});
    CHECK_FALSE(box.pong(ab, value_in(bytes, "id")));
    CHECK(box.pong(ab, value_in(later, "id")));
    CHECK(l.taken.size() == 3);
    CHECK(box.empty());
}

TEST_CASE("outbox: pings are per pair") {
    outbox box(100, 10'000);
    ledger l;
    box.push(l.of("b1", ab));
    box.push(l.of("c1", ac));
    const auto bytes = box.take(1000);
    CHECK(has(bytes, "to='peer.test'"));
    CHECK(has(bytes, "to='other.test'"));
    const auto second = value_in(bytes, "id");
    CHECK((box.pong(ab, second) || box.pong(ac, second)));
    CHECK(l.taken.size() == 1);
}

TEST_CASE("outbox: posted stanzas are kept until proven, but answers to pings are not proven by pings") {
    outbox box(100, 10'000);
    box.push(ledger::post("<iq type='result'/>"));
    CHECK(box.take(1000) == "<iq type='result'/>");
    CHECK(box.empty());
    box.push(ledger::post("<message type='error'/>"));
    const auto bytes = box.take(1000);
    CHECK(has(bytes, "<ping"));
    CHECK(box.unacknowledged() == 1);
    CHECK(box.pong(ab, value_in(bytes.substr(bytes.find("<iq")), "id")));
    CHECK(box.empty());
    box.managed();
    box.push(ledger::post("<iq/>"));
    CHECK(box.take(1000) == "<iq/><r xmlns='urn:xmpp:sm:3'/>");
    CHECK(bytes_of(box.give_back()) == "<iq/>");
}

TEST_CASE("outbox: what nobody waits for any more is not sent, and said so; posts are") {
    outbox box(100, 10'000);
    const steady_time now{seconds(100)};
    std::optional<std::string> told;
    parcel late;
    late.bytes = "late";
    late.pair = ab;
    late.until = now;
    late.done = [&](const auto& error) { told = error ? error->condition : "taken"; };
    box.push(std::move(late));
    auto post = ledger::post("post");
    post.until = now - seconds(1);
    box.push(std::move(post));
    CHECK(box.take(1000, now).starts_with("post<iq"));
    CHECK(told == "remote-server-timeout");
}

TEST_CASE("outbox: unproven stanzas are bounded in number; when the oldest was written") {
    outbox box(3, 10'000);
    ledger l;
    box.managed();
    const steady_time t0{seconds(100)};
    CHECK_FALSE(box.unproven_since());
    for (int i = 0; i < 4; ++i) {
        box.push(l.of("x"));
        box.take(1000, t0 + seconds(i));
    }
    CHECK(box.unacknowledged() == 3);
    CHECK(box.queued() == 1);
    CHECK(box.unproven_since() == t0);
    CHECK(box.acknowledged(2));
    CHECK(box.unproven_since() == t0 + seconds(2));
    box.take(1000, t0 + seconds(9));
    CHECK(box.unacknowledged() == 2);
}

TEST_CASE("outbox: the peer's counter settles the oldest; too high is refused (XEP-0198 4)") {
    outbox box(100, 10'000);
    ledger l;
    box.managed();
    for (const auto* b : {"1", "2", "3"}) box.push(l.of(b));
    box.take(1000);
    CHECK(box.acknowledged(2));
    CHECK(l.taken == std::vector<std::string>{"1", "2"});
    CHECK(box.acknowledged(2));
    CHECK_FALSE(box.acknowledged(9));
    CHECK_FALSE(box.acknowledged(1));
    CHECK(box.acknowledged(3));
    CHECK(box.empty());
}

TEST_CASE("outbox: what was sent before management began is not counted") {
    outbox box(100, 10'000);
    ledger l;
    box.push(l.of("early"));
    const auto bytes = box.take(1000);
    box.managed();
    box.push(l.of("late"));
    box.take(1000);
    CHECK(box.acknowledged(1));
    CHECK(l.taken == std::vector<std::string>{"late"});
    CHECK(box.pong(ab, value_in(bytes, "id")));
    CHECK(l.taken.size() == 2);
}

TEST_CASE("outbox: a lost stream gives back the unproven in order, whatever was acknowledged") {
    for (std::uint32_t h = 0; h <= 4; ++h) {
        outbox box(100, 10'000);
        ledger l;
        box.managed();
        for (const auto* b : {"1", "2", "3", "4"}) box.push(l.of(b));
        box.take(3);  // the fourth stays unsent
        if (h <= 3) CHECK(box.acknowledged(h));
        const auto back = bytes_of(box.give_back());
        CHECK(back == std::string("1234").substr(h <= 3 ? h : 0));
        CHECK(box.empty());
    }
}

TEST_CASE("outbox: bounded in stanzas and bytes; a peer that acknowledges nothing stops the flow") {
    ledger l;
    outbox few(2, 10'000);
    CHECK(few.push(l.of("1")));
    CHECK(few.push(l.of("2")));
    CHECK_FALSE(few.push(l.of("3")));
    outbox small(100, 10);
    small.managed();
    CHECK(small.push(l.of("123456789")));
    CHECK_FALSE(small.push(l.of("12")));
    small.take(100);
    CHECK(small.push(l.of("12")));
    small.take(100);
    CHECK(small.push(l.of("34")));
    CHECK(small.take(100).empty());
    CHECK(small.acknowledged(1));
    CHECK_FALSE(small.take(100).empty());
}

TEST_CASE("liveness: probe after a silence, death half of it later, idle close") {
    const steady_time t0{};
    const seconds s{1};
    liveness l(seconds(60), seconds(600), t0);
    using advice = liveness::advice;
    CHECK(l.judge(t0 + 59 * s) == advice::nothing);
    CHECK(l.next() == t0 + 60 * s);
    CHECK(l.judge(t0 + 60 * s) == advice::probe);
    l.probed(t0 + 60 * s, true);
    CHECK(l.judge(t0 + 89 * s) == advice::nothing);
    CHECK(l.judge(t0 + 90 * s) == advice::dead);
    l.heard(t0 + 89 * s);
    CHECK(l.judge(t0 + 100 * s) == advice::nothing);
    CHECK(l.judge(t0 + 149 * s) == advice::probe);
    l.probed(t0 + 149 * s, false);
    CHECK(l.judge(t0 + 200 * s) == advice::nothing);
    CHECK(l.judge(t0 + 209 * s) == advice::probe);
    l.heard(t0 + 590 * s);
    CHECK(l.judge(t0 + 600 * s) == advice::idle);
    l.carried(t0 + 600 * s);
    CHECK(l.judge(t0 + 601 * s) == advice::nothing);
}

TEST_CASE("liveness: silence while stanzas are unproven means death soon, however long the keep-alive is") {
    const steady_time t0{};
    const seconds s{1};
    using advice = liveness::advice;
    liveness l(seconds(60), seconds(600), t0);
    CHECK(l.judge(t0 + 19 * s, t0 + 5 * s) == advice::nothing);
    CHECK(l.next(t0 + 5 * s) == t0 + 20 * s);
    CHECK(l.judge(t0 + 20 * s, t0 + 5 * s) == advice::dead);
    CHECK(l.judge(t0 + 20 * s) == advice::nothing);
    l.heard(t0 + 18 * s);
    CHECK(l.judge(t0 + 32 * s, t0 + 5 * s) == advice::nothing);
    CHECK(l.judge(t0 + 33 * s, t0 + 5 * s) == advice::dead);
}
