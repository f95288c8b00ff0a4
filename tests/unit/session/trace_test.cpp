// SPDX-License-Identifier: Apache-2.0
// Every leg of a conversation is recorded under one id.
#include "session/trace.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/unit/identity/zone.hpp"

using namespace stox;
using namespace stox::test;

namespace {

struct traced : gateway {
    observe::journal journal{100, 100'000};
    observe::conversation_ids ids{100};
    std::unique_ptr<session::trace> trace;

    traced() {
        settings.sip.peers.push_back({"203.0.113.50", "pbx.example", "", ""});
        start();
        trace = std::make_unique<session::trace>(journal, ids, *served);
    }

    static sip::message request(const std::string& target, const std::string& from, const std::string& to,
                                const std::string& more = "") {
        return std::move(
            sip::message::parse("MESSAGE " + target +
                                " SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: " + from +
                                ";tag=1\r\nTo: <" + to + ">\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n" + more +
                                "Content-Length: 0\r\n\r\n")
                .value());
    }
    void sip_leg(bool incoming, const std::string& source, const sip::message& m) {
        sip::flow flow;
        flow.remote = {ip(source), 5060};
        trace->on_message(incoming, flow, m, m.to_bytes());
    }
    std::size_t live() const {
        std::size_t n = 0;
        ids.for_each([&n](const auto&) { ++n; });
        return n;
    }
    std::size_t conversations() const {
        std::set<std::string> seen;
        journal.for_each([&seen](const observe::journal_entry& e) { seen.insert(e.conversation); });
        return seen.size();
    }
};

}  // namespace

TEST_CASE("trace: a request belongs to its Request-URI, and its response follows it") {
    traced t;
    const auto m = traced::request("sip:juliet@capulet.example.net", "<sip:romeo@montague.example.net>",
                                   "sip:balcony@capulet.example.net");
    t.sip_leg(true, "198.51.100.2", m);
    t.trace->decision("romeo@montague.example.net", "juliet@capulet.example.net", "x");
    t.trace->on_stanza(false, "s2s", jid("romeo@montague.example.net"), jid("juliet@capulet.example.net/b"),
                       {}, "<message/>");
    t.sip_leg(false, "198.51.100.2", sip::message::response(m, 202));
    CHECK(t.conversations() == 1);
}

TEST_CASE("trace: the callers of a listed peer are one person on every leg, whatever their From says") {
    for (const auto& [from, more, known_as] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"<sip:100@203.0.113.50>", "", "100@pbx.example"},
             {"<sip:anonymous@anonymous.invalid>", "", "anonymous@pbx.example"},
             {"<sip:trunk@pbx.example>", "P-Asserted-Identity: <tel:+1>, <sip:boss@pbx.example>\r\n",
              "boss@pbx.example"}}) {
        traced t;
        const auto m =
            traced::request("sip:juliet@capulet.example.net", from, "sip:juliet@capulet.example.net", more);
        t.sip_leg(true, "203.0.113.50", m);
        t.trace->decision(known_as, "juliet@capulet.example.net", "x");
        t.sip_leg(false, "203.0.113.50", sip::message::response(m, 202));
        // And back.
        const auto user = known_as.substr(0, known_as.find('@'));
        const auto answer =
            traced::request("sip:" + user + "@pbx.example", "<sip:juliet@capulet.example.net>",
                            "sip:" + user + "@pbx.example");
        t.sip_leg(false, "203.0.113.50", answer);
        t.sip_leg(true, "203.0.113.50", sip::message::response(answer, 200));
        INFO(known_as);
        CHECK(t.conversations() == 1);
    }
}

TEST_CASE("trace: who is no peer is traced as he writes himself") {
    traced t;
    t.sip_leg(
        true, "203.0.113.51",
        traced::request("sip:juliet@capulet.example.net", "<sip:trunk@pbx.example>",
                        "sip:juliet@capulet.example.net", "P-Asserted-Identity: <sip:boss@pbx.example>\r\n"));
    t.trace->decision("trunk@pbx.example", "juliet@capulet.example.net", "refused");
    CHECK(t.conversations() == 1);
}

TEST_CASE("trace: a stranger's message is recorded and opens no conversation") {
    traced t;
    const auto m = traced::request("sip:juliet@capulet.example.net", "<sip:romeo@montague.example.net>",
                                   "sip:juliet@capulet.example.net");
    t.trace->on_stranger(true, {}, m, m.to_bytes());
    CHECK(t.live() == 0);
    t.sip_leg(true, "198.51.100.2", m);
    CHECK(t.live() == 1);
}

TEST_CASE("trace: a user longer than any address can have opens no conversation") {
    traced t;
    const auto see = [&t](std::size_t length) {
        t.sip_leg(true, "198.51.100.2",
                  traced::request("sip:juliet@capulet.example.net",
                                  "<sip:" + std::string(length, 'a') + "@montague.example.net>",
                                  "sip:juliet@capulet.example.net"));
    };
    see(1023);
    CHECK(t.live() == 1);
    see(1024);
    see(30'000);
    CHECK(t.live() == 1);
}
