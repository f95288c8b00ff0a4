// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/memory.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::interwork;

TEST_CASE("message memory: the last resource and thread of a pair, for ten minutes") {
    message_memory memory(10);
    const steady_time start{std::chrono::hours(1)};
    memory.note("juliet@xmpp.example", "romeo@sip.example", {"balcony", "t1"}, start);
    const auto soon =
        memory.recall("juliet@xmpp.example", "romeo@sip.example", start + std::chrono::minutes(9));
    REQUIRE(soon);
    CHECK(soon->resource == "balcony");
    CHECK(soon->thread == "t1");
    CHECK_FALSE(memory.recall("romeo@sip.example", "juliet@xmpp.example", start));
    CHECK_FALSE(memory.recall("juliet@xmpp.example", "romeo@sip.example", start + std::chrono::minutes(11)));
}

TEST_CASE("message memory: a message without thread does not end the pair's thread") {
    message_memory memory(10);
    const steady_time start{std::chrono::hours(1)};
    memory.note("juliet@xmpp.example", "romeo@sip.example", {"balcony", "t1"}, start);
    memory.note("juliet@xmpp.example", "romeo@sip.example", {"chamber", ""}, start + std::chrono::minutes(9));
    const auto known =
        memory.recall("juliet@xmpp.example", "romeo@sip.example", start + std::chrono::minutes(18));
    REQUIRE(known);
    CHECK(known->resource == "chamber");
    CHECK(known->thread == "t1");
    memory.note("juliet@xmpp.example", "romeo@sip.example", {"chamber", std::string(100'000, 't')}, start);
    CHECK(memory.recall("juliet@xmpp.example", "romeo@sip.example", start)->thread == "t1");
}

TEST_CASE("message memory: who has written rich text takes it for a day, until he refuses it") {
    message_memory memory(10);
    const steady_time start{std::chrono::hours(1)};
    CHECK(memory.markup_for("romeo@sip.example", start) == rich_text::none);
    memory.note_markup("romeo@sip.example", rich_text::html, start);
    memory.note_markup("romeo@sip.example", rich_text::none, start);
    CHECK(memory.markup_for("romeo@sip.example", start + std::chrono::hours(23)) == rich_text::html);
    CHECK(memory.markup_for("romeo@sip.example", start + std::chrono::hours(25)) == rich_text::none);
    memory.note_markup("romeo@sip.example", rich_text::alternative, start);
    memory.forget_markup("romeo@sip.example");
    CHECK(memory.markup_for("romeo@sip.example", start) == rich_text::none);
}

TEST_CASE("message memory: CSeq rises within a Call-ID and the From tag stays (RFC 3261 8.1.1.5)") {
    message_memory memory(10);
    const steady_time start{std::chrono::hours(1)};
    const auto first = memory.next_in("thread-1", start);
    const auto second = memory.next_in("thread-1", start + std::chrono::minutes(5));
    const auto other = memory.next_in("thread-2", start);
    CHECK(first.cseq == 1);
    CHECK(second.cseq == 2);
    CHECK(second.from_tag == first.from_tag);
    CHECK(other.cseq == 1);
    CHECK(other.from_tag != first.from_tag);
}
