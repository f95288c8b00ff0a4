// SPDX-License-Identifier: Apache-2.0
#include "observe/journal.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::observe;

namespace {

journal_entry entry(const std::string& summary, const std::string& text = "") {
    journal_entry e;
    e.conversation = "c";
    e.peer = "p";
    e.summary = summary;
    e.text = text;
    return e;
}

std::vector<journal_entry> all(const journal& j) {
    std::vector<journal_entry> out;
    j.for_each([&](const journal_entry& e) { out.push_back(e); });
    return out;
}

}  // namespace

TEST_CASE("journal: entries come back as they were, numbered and timed") {
    journal j(10, 1'000'000);
    auto e = entry("one", "the text");
    e.where = leg::xmpp;
    e.way = direction::out;
    j.record(std::move(e));
    j.record(entry("two"));
    const auto got = all(j);
    REQUIRE(got.size() == 2);
    CHECK(got[0].sequence == 1);
    CHECK(got[1].sequence == 2);
    CHECK(got[0].conversation == "c");
    CHECK(got[0].peer == "p");
    CHECK(got[0].summary == "one");
    CHECK(got[0].text == "the text");
    CHECK(got[0].where == leg::xmpp);
    CHECK(got[0].way == direction::out);
    CHECK(got[0].at != wall_time{});
    CHECK(got[0].at <= got[1].at);
}

TEST_CASE("journal: bounded in entries, the oldest go first and are counted") {
    journal j(10, 1'000'000);
    for (int i = 0; i < 25; ++i) j.record(entry(std::to_string(i)));
    const auto got = all(j);
    REQUIRE(got.size() == 10);
    CHECK(got.front().summary == "15");
    CHECK(got.back().summary == "24");
    CHECK(j.discarded() == 15);
}

TEST_CASE("journal: bounded in bytes; what is kept is never damaged") {
    journal j(100'000, 200'000);
    const auto text_of = [](int i) {
        return std::string(static_cast<std::size_t>(i * 37 % 9000), static_cast<char>('a' + i % 26));
    };
    for (int i = 0; i < 3000; ++i) j.record(entry(std::to_string(i), text_of(i)));
    const auto got = all(j);
    REQUIRE(!got.empty());
    CHECK(got.back().summary == "2999");
    std::size_t bytes = 0;
    int expected = 3000 - static_cast<int>(got.size());
    for (const auto& e : got) {
        REQUIRE(e.summary == std::to_string(expected));
        REQUIRE(e.text == text_of(expected));
        bytes += e.summary.size() + e.text.size() + 2;
        ++expected;
    }
    CHECK(bytes <= 200'000);
    CHECK(bytes > 150'000);
    CHECK(j.discarded() == 3000 - got.size());
}

TEST_CASE("journal: one huge entry is cut and does not lose the ring its bound") {
    journal j(10, 100'000);
    j.record(entry("small"));
    j.record(entry("huge", std::string(10'000'000, 'x')));
    const auto got = all(j);
    REQUIRE(!got.empty());
    CHECK(got.back().summary == "huge");
    CHECK(got.back().text.size() <= 32'768);
}

TEST_CASE("journal: entries without any text") {
    journal j(4, 1000);
    for (int i = 0; i < 10; ++i) j.record(journal_entry{});
    CHECK(all(j).back().sequence == 10);
}

TEST_CASE("journal: followers see new entries until they leave, also when one leaves while called") {
    journal j(10, 100'000);
    std::string first, second;
    j.record(entry("before"));
    std::uint64_t number = 0;
    number = j.follow([&](const journal_entry& e) {
        first += e.summary;
        j.unfollow(number);
    });
    const auto other =
        j.follow([&](const journal_entry& e) { second += e.summary + std::to_string(e.sequence); });
    j.record(entry("a"));
    j.record(entry("b"));
    j.unfollow(other);
    j.record(entry("c"));
    CHECK(first == "a");
    CHECK(second == "a2b3");
}

TEST_CASE("conversations: a pair has one id in either order until it was idle for ten minutes") {
    conversation_ids ids(100);
    const steady_time start{std::chrono::hours(1)};
    const auto id = ids.id_for("juliet@x.example", "romeo@s.example", start);
    CHECK(id.size() >= 8);
    CHECK(ids.id_for("romeo@s.example", "juliet@x.example", start + std::chrono::minutes(9)) == id);
    CHECK(ids.id_for("juliet@x.example", "romeo@s.example", start + std::chrono::minutes(18)) == id);
    CHECK(ids.id_for("juliet@x.example", "nurse@s.example", start) != id);
    CHECK(ids.id_for("juliet@x.example", "romeo@s.example", start + std::chrono::minutes(28)) != id);
}

TEST_CASE("conversations: listed with their addresses and events, dropped when idle, bounded") {
    conversation_ids ids(3);
    const steady_time start{std::chrono::hours(1)};
    ids.id_for("b", "a", start);
    ids.id_for("a", "b", start + seconds(5));
    std::size_t seen = 0;
    ids.for_each([&](const conversation_ids::conversation& c) {
        ++seen;
        CHECK(c.a == "a");
        CHECK(c.b == "b");
        CHECK(c.events == 2);
        CHECK(c.last == start + seconds(5));
    });
    CHECK(seen == 1);
    ids.drop_idle(start + seconds(5) + std::chrono::minutes(10));
    seen = 0;
    ids.for_each([&](const conversation_ids::conversation&) { ++seen; });
    CHECK(seen == 0);
    for (int i = 0; i < 100; ++i) ids.id_for("x", std::to_string(i), start);
    ids.for_each([&](const conversation_ids::conversation&) { ++seen; });
    CHECK(seen == 3);
}
