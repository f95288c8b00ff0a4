// SPDX-License-Identifier: Apache-2.0
// XMPP to SIP as a whole: what is sent, and what comes back when it fails.
#include "crossing.hpp"

using namespace stox;
using namespace stox::test;
using Catch::Contains;

TEST_CASE("to SIP: a stanza becomes a MESSAGE to the user's own domain") {
    crossing x;
    x.chat_in("<body>Romeo?</body><thread>t1</thread>");
    x.settle();
    REQUIRE(x.stack.sent.size() == 1);
    const auto& m = x.stack.sent.front();
    CHECK(m.request_uri() == "sip:romeo@montague.example.net");
    CHECK_THAT(std::string(*m.header("From")), Contains("<sip:juliet@capulet.example.net>"));
    CHECK(*m.header("Call-ID") == "t1");
    CHECK(m.body() == "Romeo?");
    CHECK(x.federation.posted.empty());
}

TEST_CASE("to SIP: a failure response comes back as an error of the addressee") {
    crossing x;
    x.stack.then_answer(480);
    x.chat_in("<body>x</body>", "m7");
    x.settle();
    REQUIRE(x.federation.posted.size() == 1);
    const auto& error = x.federation.posted.front().bytes;
    CHECK_THAT(error, Contains("id='m7'") && Contains("recipient-unavailable"));
    CHECK(error.find(" by=") == std::string::npos);
}

TEST_CASE("to SIP: what the gateway itself says names it (RFC 6120 section 8.3.1)") {
    crossing x;
    x.stack.then_fail(sip::unanswered::timeout, 408);
    x.chat_in("<body>x</body>");
    x.chat_in("<body>x</body>", "m2", "juliet@capulet.example.net/b", "victim@third.example");
    x.settle();
    REQUIRE(x.federation.posted.size() == 2);
    for (const auto& stanza : x.federation.posted) CHECK_THAT(stanza.bytes, Contains("by='gw.example.net'"));
}

TEST_CASE("to SIP: hops that a gateway counted go on, one less, and end") {
    crossing x;
    const auto counted = [](int hops) {
        return "<body>x</body><headers xmlns='http://jabber.org/protocol/shim'><header name='Max-Forwards'>" +
               std::to_string(hops) + "</header></headers>";
    };
    x.chat_in("<body>x</body>");
    x.chat_in(counted(5));
    x.chat_in(counted(0), "m3");
    x.settle();
    REQUIRE(x.stack.sent.size() == 2);
    CHECK_FALSE(x.stack.sent[0].header("Max-Forwards"));
    CHECK(*x.stack.sent[1].header("Max-Forwards") == "4");
    REQUIRE(x.federation.posted.size() == 1);
    CHECK_THAT(x.federation.posted.front().bytes, Contains("not-acceptable") && Contains("id='m3'"));
}

TEST_CASE(
    "to SIP: what waited behind a silent phone comes back with the first, not one time-out later each") {
    crossing x;
    x.state.patience = milliseconds(30);
    // Every request is silent for longer than anybody waits.
    for (int i = 0; i < 5; ++i)
        x.stack.script.push_back([](const sip::message&) -> awaitable<sip::outcome> {
            co_await sleep_for(milliseconds(40));
            sip::outcome out;
            out.why = sip::unanswered::timeout;
            out.status = 408;
            co_return out;
        });
    for (int i = 0; i < 5; ++i) x.chat_in("<body>x</body>", "m" + std::to_string(i));
    x.settle();
    CHECK(x.stack.sent.size() == 1);
    REQUIRE(x.federation.posted.size() == 5);
    for (const auto& stanza : x.federation.posted)
        CHECK_THAT(stanza.bytes, Contains("remote-server-timeout"));
    // Who comes later gets his own try, and an answer ends the silence.
    x.stack.script.clear();
    x.chat_in("<body>x</body>", "later");
    x.settle();
    CHECK(x.stack.sent.size() == 2);
    CHECK(x.federation.posted.size() == 5);
}

TEST_CASE("to SIP: rich text goes to who has written it; a 415 is followed by the plain text") {
    crossing x;
    const std::string rich =
        "<body>very rich</body><html xmlns='http://jabber.org/protocol/xhtml-im'>"
        "<body xmlns='http://www.w3.org/1999/xhtml'><p>very <strong>rich</strong></p></body></html>";
    x.chat_in(rich);
    x.settle();
    x.sip_in("<b>x</b>", "Content-Type: text/html\r\n");
    x.settle();
    x.chat_in(rich);
    x.settle();
    x.stack.then_answer(415);
    x.chat_in(rich);
    x.settle();
    x.chat_in(rich);
    x.settle();
    std::vector<std::string> types;
    for (const auto& m : x.stack.sent) types.emplace_back(*m.header("Content-Type"));
    CHECK(types == std::vector<std::string>{"text/plain;charset=UTF-8", "text/html;charset=UTF-8",
                                            "text/html;charset=UTF-8", "text/plain;charset=UTF-8",
                                            "text/plain;charset=UTF-8"});
    CHECK(*x.stack.sent[2].header("Call-ID") == *x.stack.sent[3].header("Call-ID"));
    CHECK(*x.stack.sent[3].header("CSeq") == "2 MESSAGE");
    CHECK(x.federation.posted.empty());
}

TEST_CASE("to SIP: a message whose handling fails comes back, and the next one is served") {
    crossing x;
    x.stack.then_throw();
    x.chat_in("<body>x</body>", "m1");
    x.chat_in("<body>y</body>", "m2");
    x.settle();
    REQUIRE(x.federation.posted.size() == 1);
    CHECK_THAT(x.federation.posted.front().bytes, Contains("internal-server-error") && Contains("id='m1'"));
    CHECK(x.stack.sent.size() == 2);
}

TEST_CASE("to SIP: a hard stop returns what is under way and what waits, each once") {
    crossing x;
    x.stack.then_hang();
    x.chat_in("<body>x</body>", "m1");
    x.chat_in("<body>y</body>", "m2");
    x.poll();
    CHECK(x.stack.sent.size() == 1);
    x.tasks.cancel();
    x.poll();
    REQUIRE(x.federation.posted.size() == 2);
    for (const auto& stanza : x.federation.posted) CHECK_THAT(stanza.bytes, Contains("service-unavailable"));
}
