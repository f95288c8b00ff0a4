// SPDX-License-Identifier: Apache-2.0
#include "admin/commands.hpp"

#include <catch2/catch.hpp>

#include "admin/json_lines.hpp"
#include "admin/trace.hpp"
#include "admin_fixture.hpp"
#include "runtime/task_group.hpp"

using namespace stox;
using namespace stox::test;

namespace {

std::string summaries(const std::vector<boost::json::object>& lines) {
    std::string out;
    for (const auto& o : lines) {
        if (o.contains("summary")) out += text_of(o, "summary") + ' ';
        if (o.contains("end")) out += "end";
        if (o.contains("error")) out += "error";
    }
    return out;
}

}  // namespace

TEST_CASE("admin: requests survive the way over the socket") {
    admin::request r;
    r.command = "trace";
    r.addresses = {"a@b.example", "c"};
    r.conversation = "xyz";
    r.follow = true;
    r.last = 7;
    r.domain = "d.example";
    const auto line = admin::encode(r);
    CHECK(line.ends_with('\n'));
    const auto back = admin::decode(line);
    REQUIRE(back.has_value());
    CHECK(back->command == r.command);
    CHECK(back->addresses == r.addresses);
    CHECK(back->conversation == r.conversation);
    CHECK(back->follow);
    CHECK(back->last == 7);
    CHECK(back->domain == r.domain);
}

TEST_CASE("admin: what is no request is refused in words") {
    admin_fixture f;
    for (const auto* bad : {"", "[]", "{", "{}", "{\"command\":1}", "{\"command\":\"trace\",\"last\":-1}",
                            "{\"command\":\"trace\",\"addresses\":[1]}", "{\"command\":\"\"}"}) {
        INFO(bad);
        const auto lines = f.ask(bad);
        REQUIRE(lines.size() == 1);
        CHECK_FALSE(text_of(lines[0], "error").empty());
    }
    CHECK(text_of(f.ask("{\"command\":\"dance\"}").at(0), "error") == "there is no command \"dance\"");
    CHECK(text_of(f.ask("{\"command\":\"reload\"}").at(0), "error") == "this command is not available here");
    CHECK(text_of(f.ask("{\"command\":\"check\"}").at(0), "error") == "check needs a domain");
}

TEST_CASE("admin: status, sessions and metrics") {
    admin_fixture f;
    f.talk("romeo@sip.example", "juliet@xmpp.example");
    const auto status = f.ask("{\"command\":\"status\"}");
    REQUIRE(status.size() == 2);
    CHECK(text_of(status[0], "version") == "0.1.0");
    CHECK(status[1].contains("end"));
    const auto sessions = f.ask("{\"command\":\"sessions\"}");
    REQUIRE(sessions.size() == 2);
    CHECK(text_of(sessions[0], "a") == "juliet@xmpp.example");
    CHECK(text_of(sessions[0], "b") == "romeo@sip.example");
    CHECK(f.ask("{\"command\":\"metrics\"}").at(0).contains("text"));
}

TEST_CASE("admin: check and reload give what the daemon found") {
    admin_fixture f;
    std::string asked;
    f.sources.check = [&](std::string domain) -> awaitable<std::vector<admin::finding>> {
        asked = domain;
        std::vector<admin::finding> out;
        out.push_back({admin::level::missing, "SIP to XMPP", "no record"});
        co_return out;
    };
    const auto lines = f.ask(R"({"command":"check","domain":"a.example"})");
    CHECK(asked == "a.example");
    REQUIRE(lines.size() == 2);
    CHECK(text_of(lines[0], "level") == "missing");
    CHECK(text_of(lines[0], "text") == "no record");

    f.sources.reload = []() -> awaitable<admin::reload_outcome> {
        admin::reload_outcome out;
        out.lines.emplace_back("stoxd.toml:1: wrong");
        co_return out;
    };
    const auto refused = f.ask(R"({"command":"reload"})");
    REQUIRE(refused.size() == 2);
    CHECK(text_of(refused[0], "text") == "stoxd.toml:1: wrong");
    CHECK(refused[1].contains("error"));
}

TEST_CASE("admin trace: by address, pair, domain, conversation id, and all") {
    admin_fixture f;
    const auto one = f.talk("juliet@xmpp.example", "romeo@sip.example");
    const auto two = f.talk("juliet@xmpp.example", "nurse@other.example");
    f.record(one, "1");
    f.record(two, "2");
    f.record("", "s2s");
    f.record(one, "3");
    const auto trace = [&](const std::string& rest) {
        return summaries(f.ask("{\"command\":\"trace\"" + rest + "}"));
    };
    CHECK(trace("") == "1 2 s2s 3 end");
    CHECK(trace(R"(,"addresses":["Juliet@xmpp.example"])") == "1 2 3 end");
    CHECK(trace(R"(,"addresses":["sip:romeo@sip.example"])") == "1 3 end");
    CHECK(trace(R"(,"addresses":["juliet@xmpp.example/phone","nurse@other.example"])") == "2 end");
    CHECK(trace(R"(,"addresses":["other.example"])") == "2 end");
    CHECK(trace(R"(,"addresses":["nobody@other.example"])") == "end");
    CHECK(trace(",\"conversation\":\"" + one + "\"") == "1 3 end");
    CHECK(trace(",\"last\":2") == "s2s 3 end");
    CHECK(trace(R"(,"last":1,"addresses":["sip.example"])") == "3 end");
}

TEST_CASE("admin trace: a conversation that ended is found by what its entries say") {
    admin_fixture f;
    f.record("old", "MESSAGE sip:romeo@sip.example", "From: <sip:juliet@xmpp.example>");
    f.record("old", "200 OK");
    f.record("older", "MESSAGE sip:tybalt@sip.example");
    f.record("", "refused romeo@sip.example");
    CHECK(summaries(f.ask(R"({"command":"trace","addresses":["romeo@sip.example"]})")) ==
          "MESSAGE sip:romeo@sip.example 200 OK refused romeo@sip.example end");
    CHECK(
        summaries(f.ask(R"({"command":"trace","addresses":["romeo@sip.example","juliet@xmpp.example"]})")) ==
        "MESSAGE sip:romeo@sip.example 200 OK end");
}

TEST_CASE("admin trace: bytes that are not UTF-8 and quotes come out as JSON") {
    admin_fixture f;
    f.record("", "bad \xff \"quoted\"", std::string("a\0b", 3));
    const auto lines = f.ask(R"({"command":"trace"})");
    REQUIRE(lines.size() == 2);
    CHECK(text_of(lines[0], "summary") == "bad \xEF\xBF\xBD \"quoted\"");
}

TEST_CASE("admin trace: a past larger than one batch comes complete and in order") {
    admin_fixture f;
    const std::string text(1000, 'x');
    for (int i = 0; i < 900; ++i) f.record("", std::to_string(i), text);
    const auto lines = f.ask(R"({"command":"trace"})");
    REQUIRE(lines.size() == 901);
    for (std::size_t i = 0; i < 900; ++i) REQUIRE(text_of(lines[i], "summary") == std::to_string(i));
}

TEST_CASE("admin trace: following gives the past, then what happens, of the wanted only") {
    admin_fixture f;
    const auto one = f.talk("juliet@xmpp.example", "romeo@sip.example");
    f.record(one, "1");
    f.run([&]() -> awaitable<void> {
        co_await with_task_group([&](task_group& group) -> awaitable<void> {
            group.spawn([&]() -> awaitable<void> {
                std::string line = R"({"command":"trace","follow":true,"addresses":["romeo@sip.example"]})";
                co_await admin::answer(std::move(line), f.sources, f.sink);
            });
            co_await yield();
            f.record(one, "2");
            f.record(f.talk("a@b.example", "c@d.example"), "other");
            f.record(f.talk("x@y.example", "romeo@sip.example"), "3");
            co_await sleep_for(milliseconds(5));
            group.cancel();
        });
    });
    CHECK(summaries(f.sink.objects()) == "1 2 3 ");
}

TEST_CASE("admin trace: a reader that follows too slowly loses events and is told how many") {
    admin_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await with_task_group([&](task_group& group) -> awaitable<void> {
            group.spawn([&]() -> awaitable<void> {
                std::string line = R"({"command":"trace","follow":true})";
                co_await admin::answer(std::move(line), f.sources, f.sink);
            });
            co_await yield();
            f.sink.blocked = true;
            for (int i = 0; i < 3000; ++i) f.record("", std::to_string(i));
            co_await sleep_for(milliseconds(5));
            f.sink.blocked = false;
            co_await sleep_for(milliseconds(50));
            f.record("", "after");
            co_await sleep_for(milliseconds(5));
            group.cancel();
        });
    });
    const auto lines = f.sink.objects();
    std::int64_t dropped = 0;
    for (const auto& o : lines)
        if (const auto* n = o.if_contains("dropped")) dropped += n->to_number<std::int64_t>();
    CHECK(lines.size() < 3000);
    CHECK(dropped + static_cast<std::int64_t>(lines.size()) >= 3001);
    CHECK(dropped >= 1000);
    CHECK(text_of(lines.back(), "summary") == "after");
}

TEST_CASE("admin: times are ISO 8601 in UTC") {
    CHECK(admin::iso_time(wall_time(std::chrono::microseconds(1'700'000'000'000'042))) ==
          "2023-11-14T22:13:20.000042Z");
}
