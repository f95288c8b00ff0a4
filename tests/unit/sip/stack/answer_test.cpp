// SPDX-License-Identifier: Apache-2.0
// Small truths about answers: one To tag, the way back in the 400 for a broken stream.
#include <catch2/catch.hpp>

#include "sip/incoming.hpp"
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
