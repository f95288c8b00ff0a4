// SPDX-License-Identifier: Apache-2.0
// SIP to XMPP as a whole: what is sent, and when and how the request is answered (docs/adr/0002).
#include "crossing.hpp"

using namespace stox;
using namespace stox::test;
using Catch::Contains;

TEST_CASE("to XMPP: a message is taken by the far side, then answered 202") {
    crossing x;
    const auto request = x.sip_in("Art thou not Capulet?");
    x.settle();
    REQUIRE(x.federation.sent.size() == 1);
    const auto& stanza = x.federation.sent.front();
    CHECK(stanza.from.to_string() == "romeo@montague.example.net");
    CHECK(stanza.to.to_string() == "juliet@capulet.example.net");
    CHECK_THAT(stanza.bytes, Contains("<body>Art thou not Capulet?</body>"));
    CHECK(request->status == 202);
}

TEST_CASE("to XMPP: the reply goes to the resource that wrote") {
    crossing x;
    x.chat_in("<body>Romeo?</body>");
    x.settle();
    x.sip_in("Here");
    x.settle();
    REQUIRE(x.federation.sent.size() == 1);
    CHECK(x.federation.sent.front().to.to_string() == "juliet@capulet.example.net/balcony");
}

TEST_CASE("to XMPP: an error stanza within the grace is the answer") {
    crossing x;
    x.federation.meanwhile = [&x](const xmpp::outgoing_stanza& stanza) -> awaitable<void> {
        x.error_to(stanza, "item-not-found");
        co_await yield();
    };
    const auto request = x.sip_in("anybody there?");
    x.settle();
    CHECK(request->status == 404);
    CHECK(x.stack.sent.empty());
}

TEST_CASE("to XMPP: an error stanza after the answer becomes a message that quotes the text") {
    crossing x;
    const auto request = x.sip_in("this is a text of more than forty characters, all told");
    x.settle();
    REQUIRE(request->status == 202);
    REQUIRE(x.federation.sent.size() == 1);
    x.error_to(x.federation.sent.front(), "recipient-unavailable");
    x.settle();
    REQUIRE(x.stack.sent.size() == 1);
    const auto& notice = x.stack.sent.front();
    CHECK(notice.request_uri() == "sip:romeo@montague.example.net");
    CHECK_THAT(std::string(*notice.header("From")), Contains("<sip:juliet@capulet.example.net>"));
    CHECK(notice.body() ==
          "Not delivered: \"this is a text of more than forty charac\xE2\x80\xA6\" (recipient-unavailable)");
    // Once only.
    x.error_to(x.federation.sent.front(), "recipient-unavailable");
    x.settle();
    CHECK(x.stack.sent.size() == 1);
}

TEST_CASE("to XMPP: who writes to too many new people is refused however often he tries again") {
    crossing x;
    x.dns.host("carl.host", "203.0.113.77");
    x.dns.domain("stranger.example", "carl.host", "");
    const auto write = [&x](int to) {
        const auto request = x.sip_in("x", "", "sip:carl@stranger.example",
                                      "sip:u" + std::to_string(to) + "@capulet.example.net", "203.0.113.77");
        x.poll();
        return request;
    };
    for (int i = 0; i < 20; ++i) CHECK(write(i)->status == 0);
    CHECK(write(20)->status == 503);
    CHECK(write(20)->status == 503);
    CHECK(write(3)->status == 0);
    x.settle();
    CHECK(x.federation.sent.size() == 21);
    // Nor does the refused attempt make him somebody to write to.
    x.chat_in("<body>x</body>", "m1", "u20@capulet.example.net", "carl\\40stranger.example@gw.example.net");
    x.settle();
    CHECK(x.stack.sent.empty());
}

TEST_CASE("to XMPP: hops go on, one less; a notice is no reason for another notice") {
    crossing x;
    x.sip_in("x", "Max-Forwards: 30\r\n");
    x.settle();
    CHECK_THAT(x.federation.sent.at(0).bytes, Contains("<header name='Max-Forwards'>29</header>"));
    CHECK(x.sip_in("x", "Max-Forwards: 0\r\n")->status == 0);
    x.settle();
    CHECK(x.federation.sent.size() == 1);

    x.error_to(x.federation.sent.at(0), "recipient-unavailable");
    x.settle();
    REQUIRE(x.stack.sent.size() == 1);
    const std::string hops(*x.stack.sent.front().header("Max-Forwards"));
    x.sip_in("Not delivered", "Max-Forwards: " + hops + "\r\n");
    x.settle();
    REQUIRE(x.federation.sent.size() == 2);
    x.error_to(x.federation.sent.at(1), "recipient-unavailable");
    x.settle();
    CHECK(x.stack.sent.size() == 1);
}

TEST_CASE("to XMPP: messages of a pair stay in one thread although each has its own Call-ID") {
    crossing x;
    const auto thread = [&x] {
        const auto& bytes = x.federation.sent.back().bytes;
        const auto at = bytes.find("<thread>") + 8;
        return bytes.substr(at, bytes.find("</thread>") - at);
    };
    x.sip_in("one");
    x.settle();
    const std::string first = thread();
    CHECK(first.starts_with("call"));
    x.sip_in("two");
    x.settle();
    CHECK(thread() == first);
    x.chat_in("<body>answer</body>");
    x.settle();
    x.sip_in("three");
    x.settle();
    CHECK(thread() == first);
    CHECK(x.federation.sent.back().to.resource() == "balcony");
    x.chat_in("<body>new matter</body><thread>t9</thread>");
    x.settle();
    x.sip_in("four");
    x.settle();
    CHECK(thread() == "t9");
    x.sip_in("another pair", "", "sip:mercutio@montague.example.net");
    x.settle();
    CHECK(thread() != "t9");
}

TEST_CASE("to XMPP: what the link says is the answer") {
    crossing x;
    x.federation.refusal = xmpp::stanza_error::of("remote-server-not-found", "no such domain");
    const auto request = x.sip_in("x");
    x.settle();
    CHECK(request->status == 404);
    CHECK_THAT(request->warning, Contains("no such domain"));
}

TEST_CASE("to XMPP: a request whose handling fails is answered 500, not left open") {
    crossing x;
    x.federation.meanwhile = [](const xmpp::outgoing_stanza&) -> awaitable<void> {
        co_await yield();
        throw std::runtime_error("scripted");
    };
    const auto on_the_way = x.sip_in("x");
    x.settle();
    CHECK(on_the_way->status == 500);

    x.dns.broken = true;
    const auto before = x.sip_in("x", "", "sip:romeo@sguest.example");
    x.settle();
    CHECK(before->status == 500);
}

TEST_CASE("to XMPP: a hard stop answers what is under way") {
    crossing x;
    x.federation.meanwhile = [](const xmpp::outgoing_stanza&) -> awaitable<void> {
        co_await sleep_for(std::chrono::hours(1));
    };
    const auto request = x.sip_in("x");
    x.poll();
    CHECK(x.federation.sent.size() == 1);
    CHECK(request->status == 0);
    x.tasks.cancel();
    x.poll();
    CHECK(request->status == 503);
}
