// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/verdicts.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::interwork;

namespace {

xmpp::jid jid_of(const char* text) { return xmpp::jid::parse(text).value(); }

late_notice notice() { return {"sip:romeo@sip.example", "sip:juliet@xmpp.example", "hello"}; }

}  // namespace

TEST_CASE("verdicts: an error reaches the one who waits, once") {
    boost::asio::io_context io;
    verdicts open(io.get_executor());
    std::optional<xmpp::stanza_error> seen;
    auto waiting = open.open("id1", jid_of("juliet@xmpp.example"), notice());
    auto wait = [&]() -> awaitable<void> {
        seen = co_await waiting->wait(steady_clock::now() + std::chrono::hours(1));
    };
    boost::asio::co_spawn(io, wait, [](std::exception_ptr) {});
    io.poll();
    std::optional<late_notice> late;
    CHECK(open.resolve("id1", jid_of("juliet@xmpp.example/phone"), xmpp::stanza_error::of("item-not-found"),
                       late));
    io.run();
    REQUIRE(seen);
    CHECK(seen->condition == "item-not-found");
    CHECK_FALSE(late);
    CHECK_FALSE(open.resolve("id1", jid_of("juliet@xmpp.example"), xmpp::stanza_error::of("gone"), late));
}

TEST_CASE("verdicts: an error from somebody else, or with an unknown id, belongs to nothing") {
    boost::asio::io_context io;
    verdicts open(io.get_executor());
    auto waiting = open.open("id1", jid_of("juliet@xmpp.example"), notice());
    std::optional<late_notice> late;
    CHECK_FALSE(open.resolve("id1", jid_of("mallory@xmpp.example"), xmpp::stanza_error::of("gone"), late));
    CHECK_FALSE(open.resolve("id2", jid_of("juliet@xmpp.example"), xmpp::stanza_error::of("gone"), late));
}

TEST_CASE("verdicts: after the answer the error is handed out with whom to tell") {
    boost::asio::io_context io;
    verdicts open(io.get_executor());
    open.open("id1", jid_of("juliet@xmpp.example/balcony"), notice())->answered();
    std::optional<late_notice> late;
    CHECK_FALSE(open.resolve("id1", jid_of("mallory@xmpp.example"), xmpp::stanza_error::of("gone"), late));
    CHECK_FALSE(late);
    CHECK(open.resolve("id1", jid_of("juliet@xmpp.example"), xmpp::stanza_error::of("gone"), late));
    REQUIRE(late);
    CHECK(late->to == "sip:romeo@sip.example");
    CHECK(late->from == "sip:juliet@xmpp.example");
    CHECK(late->quote == "hello");
    late.reset();
    CHECK_FALSE(open.resolve("id1", jid_of("juliet@xmpp.example"), xmpp::stanza_error::of("gone"), late));
}

TEST_CASE("verdicts: nobody is told of a request that was refused, or that has nobody to tell") {
    boost::asio::io_context io;
    verdicts open(io.get_executor());
    std::optional<late_notice> late;
    open.open("id1", jid_of("juliet@xmpp.example"), notice());
    CHECK_FALSE(open.resolve("id1", jid_of("juliet@xmpp.example"), xmpp::stanza_error::of("gone"), late));
    open.open("id2", jid_of("juliet@xmpp.example"), {})->answered();
    CHECK_FALSE(open.resolve("id2", jid_of("juliet@xmpp.example"), xmpp::stanza_error::of("gone"), late));
    CHECK_FALSE(late);
}
