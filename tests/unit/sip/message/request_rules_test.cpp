// SPDX-License-Identifier: Apache-2.0
// Loops, and answers that are no larger than what they answer.
#include "sip/request_rules.hpp"

#include <catch2/catch.hpp>

using namespace stox::sip;

namespace {

abilities gateway() {
    abilities can;
    can.methods = {"MESSAGE", "OPTIONS"};
    can.branch_mark = "z9hG4bK.mark.";
    can.is_ours = [](const via& v) { return v.host == "gw.example" && v.received().empty(); };
    return can;
}

int judged(std::initializer_list<const char*> vias, const char* method = "MESSAGE") {
    auto m = message::request(method, "sip:juliet@xmpp.example");
    for (const auto* value : vias) m.add("Via", value);
    const auto refused = judge(m, gateway());
    return refused ? refused->status : 0;
}

}  // namespace

TEST_CASE("loops: any Via of ours, by its branch or by its sent-by (RFC 3261 16.3)") {
    const auto* proxy = "SIP/2.0/UDP proxy.example;branch=z9hG4bKp";
    CHECK(judged({proxy}) == 0);
    CHECK(judged({proxy, "SIP/2.0/UDP other.example;branch=z9hG4bK.mark.1"}) == 482);
    CHECK(judged({proxy, "SIP/2.0/UDP gw.example;branch=z9hG4bKold"}) == 482);
    CHECK(judged({"SIP/2.0/UDP proxy.example;branch=z9hG4bKp, SIP/2.0/UDP gw.example;branch=z9hG4bKold"}) ==
          482);
}

TEST_CASE("loops: what came from another host of the same name is none; in the top Via received is ours") {
    const auto* proxy = "SIP/2.0/UDP proxy.example;branch=z9hG4bKp";
    const auto* received = "SIP/2.0/UDP gw.example;branch=z9hG4bKx;received=192.0.2.1";
    CHECK(judged({proxy, received}) == 0);
    CHECK(judged({received}) == 482);
}

TEST_CASE("methods without a handler: 405 for one of the standards, INVITE too, 501 for others") {
    CHECK(judged({}, "INVITE") == 405);
    CHECK(judged({}, "REGISTER") == 405);
    CHECK(judged({}, "BREW") == 501);
    CHECK(judged({}, "MESSAGE") == 0);
}

TEST_CASE("answers: optional fields go until the answer is no larger than the request") {
    const auto request = message::request("OPTIONS", "sip:gw.example");
    auto answer = message::response(request, 200);
    answer.add("Allow", "MESSAGE, OPTIONS");
    answer.add("Accept", "text/plain");
    answer.add("Server", "stox/1");
    const auto whole = answer.to_bytes();
    shorten(answer, whole.size());
    CHECK(answer.to_bytes() == whole);
    shorten(answer, whole.size() - 1);
    CHECK_FALSE(answer.header("Server"));
    CHECK(answer.header("Accept"));
    shorten(answer, 0);
    CHECK(answer.headers().empty());
    auto refusal = message::response(request, 405);
    refusal.add("Allow", "MESSAGE, OPTIONS");
    shorten(refusal, 0);
    CHECK(refusal.header("Allow"));
}
