// SPDX-License-Identifier: Apache-2.0
// Small truths about answers: one To tag, the way back in the 400 for a broken stream, none for scanners.
#include <catch2/catch.hpp>

#include "sip/incoming.hpp"
#include "sip/scanner.hpp"
#include "tests/unit/sip/stack/raw_peer.hpp"

using namespace stox;
using namespace stox::test;

namespace {

std::string tagged(const std::string& to) {
    auto m = sip::message::request("OPTIONS", "sip:h");
    m.add("To", to);
    auto response = sip::message::response(m, 200);
    sip::add_to_tag(response, "new");
    return std::string(*response.header("To"));
}

}  // namespace

TEST_CASE("answer: the To gets one tag, in the place of an empty one") {
    CHECK(tagged("<sip:b@h>") == "<sip:b@h>;tag=new");
    CHECK(tagged("sip:b@h;x=y") == "sip:b@h;x=y;tag=new");
    CHECK(tagged("<sip:b@h>;tag=old") == "<sip:b@h>;tag=old");
    CHECK(tagged("<sip:b@h>;tag=") == "<sip:b@h>;tag=new");
    CHECK(tagged("<sip:b@h>;tag") == "<sip:b@h>;tag=new");
}

TEST_CASE("answer: the 400 for a stream that cannot be cut says where the request came from") {
    std::string answer;
    with_node([&](network&, node& bob) -> awaitable<void> {
        auto peer = co_await dial(bob.port);
        auto request = raw_request("MESSAGE", "b1", {}, "TCP");
        request.replace(request.find("Content-Length: 0"), 17, "Content-Length: x");
        co_await peer.stream->write(request);
        answer = co_await peer.read_responses(1);
    });
    CHECK(status_of(answer) == 400);
    CHECK(answer.find(";received=127.0.0.1;rport=") != std::string::npos);
}

TEST_CASE("answer: an unreadable message on a stream costs that message, not the connection") {
    std::string answer;
    with_node([&](network&, node& bob) -> awaitable<void> {
        auto peer = co_await dial(bob.port);
        const std::string bad = "SIP/2.0 9999 What\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nl: 0\r\n\r\n";
        auto unreadable = raw_request("MESSAGE", "u1", {}, "TCP");
        unreadable.replace(0, unreadable.find("\r\n"), "MESSAGE");
        const std::string both = bad + unreadable + raw_request("MESSAGE", "u2", {}, "TCP");
        co_await peer.stream->write(both);
        answer = co_await peer.read_responses(2);
    });
    CHECK(responses_in(answer, "400") == 1);
    CHECK(responses_in(answer, "200") == 1);
}

TEST_CASE("answer: a known scanner gets three, then silence; others of its address are served") {
    std::vector<int> answers;
    with_node([&](network& n, node& bob) -> awaitable<void> {
        raw_udp peer(n, bob.port);
        for (int i = 0; i < 4; ++i) {
            const auto answer = co_await peer.ask(
                raw_request("OPTIONS", "k" + std::to_string(i), "User-Agent: friendly-scanner\r\n"));
            answers.push_back(status_of(answer));
        }
        const auto answer = co_await peer.ask(raw_request("OPTIONS", "k9", "User-Agent: phone\r\n"));
        answers.push_back(status_of(answer));
    });
    CHECK(answers == std::vector<int>{200, 200, 200, 0, 200});
}

TEST_CASE("scanners: by the beginning of their names, in any case") {
    CHECK(sip::is_scanner("friendly-scanner"));
    CHECK(sip::is_scanner(" SIPVicious 0.3"));
    CHECK(sip::is_scanner("sipcli/v1.8"));
    CHECK_FALSE(sip::is_scanner(""));
    CHECK_FALSE(sip::is_scanner("baresip v1.0 (not sipcli)"));
    CHECK_FALSE(sip::is_scanner("SIPp"));
}
