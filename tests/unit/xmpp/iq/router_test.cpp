// SPDX-License-Identifier: Apache-2.0
#include "xmpp/router.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/unit/xmpp/memory_link.hpp"

using namespace stox;
using namespace stox::xmpp;
using test::arrived;
using test::memory_link;

namespace {

struct bench {
    asio::io_context io;
    iq_tracker tracker{io.get_executor()};
    router r{tracker};
    memory_link via;

    static awaitable<void> give(bench* b, const incoming_stanza* stanza) {
        co_await b->r.dispatch(*stanza, b->via);
    }

    /// The bytes of the answer, "" when there is none.
    std::string dispatch(const std::string& text) {
        const arrived in(text);
        via.sent.clear();
        asio::co_spawn(io, give(this, &in.stanza), [](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
        });
        io.poll();
        io.restart();
        return via.sent.empty() ? "" : via.sent.at(0).bytes;
    }
    std::string condition(const std::string& text) {
        const auto answer = dispatch(text);
        if (answer.empty()) return "";
        const arrived reply(answer);
        return xml::attribute(reply.stanza.tree, "type") == "error" ? read_error(reply.stanza.tree).condition
                                                                    : "?";
    }
};

const std::string addresses = " from='a@b/c' to='d@e'";

}  // namespace

TEST_CASE("router: an iq request goes to the responder of its payload") {
    bench b;
    b.r.respond(iq_type::get, "urn:q", "query", [](const iq_request& q) {
        return iq_answer::result("<query xmlns='urn:q'>" + std::string(xml::attribute(q.payload, "n")) +
                                 "</query>");
    });
    b.r.respond(iq_type::set, "urn:q", "query",
                [](const iq_request&) { return iq_answer::error(stanza_error::of("not-allowed")); });
    b.r.respond(iq_type::get, "urn:empty", "ping", [](const iq_request&) { return iq_answer::result(); });
    CHECK(b.dispatch("<iq type='get' id='1'" + addresses + "><query xmlns='urn:q' n='7'/></iq>") ==
          "<iq from='d@e' to='a@b/c' id='1' type='result'><query xmlns='urn:q'>7</query></iq>");
    CHECK(b.via.sent[0].from.to_string() == "d@e");
    CHECK(b.via.sent[0].to.to_string() == "a@b/c");
    CHECK(b.condition("<iq type='set' id='1'" + addresses + "><query xmlns='urn:q'/></iq>") == "not-allowed");
    CHECK(b.dispatch("<iq type='get' id='1'" + addresses + "><ping xmlns='urn:empty'/></iq>") ==
          "<iq from='d@e' to='a@b/c' id='1' type='result'/>");
}

TEST_CASE("router: what nobody answers is service-unavailable (RFC 6120 section 8.4)") {
    bench b;
    CHECK(b.condition("<iq type='get' id='1'" + addresses + "><query xmlns='urn:q'/></iq>") ==
          "service-unavailable");
    CHECK(b.condition("<iq type='get' id='1'" + addresses + "><query/></iq>") == "service-unavailable");
    CHECK(b.condition("<message" + addresses + "><body>x</body></message>") == "service-unavailable");
    CHECK(b.condition("<message type='groupchat'" + addresses + "/>") == "service-unavailable");
    CHECK(b.condition("<presence type='subscribe'" + addresses + "/>") == "service-unavailable");
}

TEST_CASE("router: malformed iqs are bad-request (RFC 6120 section 8.2.3)") {
    bench b;
    CHECK(b.condition("<iq type='get'" + addresses + "><q xmlns='urn:q'/></iq>") == "bad-request");
    CHECK(b.condition("<iq type='get' id=''" + addresses + "><q xmlns='urn:q'/></iq>") == "bad-request");
    CHECK(b.condition("<iq type='get' id='1'" + addresses + "/>") == "bad-request");
    CHECK(b.condition("<iq type='set' id='1'" + addresses + "><a/><b/></iq>") == "bad-request");
    CHECK(b.condition("<iq id='1'" + addresses + "><a/></iq>") == "bad-request");
    CHECK(b.condition("<iq type='put' id='1'" + addresses + "><a/></iq>") == "bad-request");
}

TEST_CASE("router: errors, results, headlines and unasked presence are never answered") {
    bench b;
    for (const std::string text :
         {"<iq type='result' id='1'", "<iq type='error' id='1'", "<iq type='result'", "<message type='error'",
          "<message type='headline'", "<presence", "<presence type='unavailable'", "<presence type='error'",
          "<presence type='probe'", "<presence type='subscribed'", "<presence type='unsubscribe'"})
        CHECK(b.dispatch(text + addresses + "/>").empty());
}

TEST_CASE("router: messages and presence go to the receiver of their kind") {
    bench b;
    std::vector<stanza_kind> seen;
    for (std::size_t k = 0; k < stanza_kinds; ++k)
        b.r.receive(static_cast<stanza_kind>(k),
                    [&seen](const incoming_stanza& s, stox::xmpp::link&) -> awaitable<void> {
                        seen.push_back(kind_of(s.tree));
                        co_return;
                    });
    const std::vector<std::pair<std::string, stanza_kind>> rows{
        {"<message", stanza_kind::message},
        {"<message type='chat'", stanza_kind::message},
        {"<message type='normal'", stanza_kind::message},
        {"<message type='unknown'", stanza_kind::message},
        {"<message type='groupchat'", stanza_kind::groupchat},
        {"<message type='headline'", stanza_kind::headline},
        {"<message type='error'", stanza_kind::message_error},
        {"<presence", stanza_kind::presence},
        {"<presence type='unavailable'", stanza_kind::presence},
        {"<presence type='subscribe'", stanza_kind::subscription},
        {"<presence type='unsubscribed'", stanza_kind::subscription},
        {"<presence type='probe'", stanza_kind::probe},
        {"<presence type='error'", stanza_kind::presence_error},
    };
    for (const auto& [text, kind] : rows) {
        CHECK(b.dispatch(text + addresses + "/>").empty());
        REQUIRE_FALSE(seen.empty());
        CHECK(seen.back() == kind);
    }
    CHECK(seen.size() == rows.size());
}

TEST_CASE("router: a responder that throws answers internal-server-error") {
    bench b;
    b.r.respond(iq_type::get, "urn:q", "q",
                [](const iq_request&) -> iq_answer { throw std::runtime_error("x"); });
    CHECK(b.condition("<iq type='get' id='1'" + addresses + "><q xmlns='urn:q'/></iq>") ==
          "internal-server-error");
}

TEST_CASE("router: an answer waits for room in the queue, and its stream with it (RFC 6120 section 8.2.3)") {
    bench b;
    b.via.full = true;
    const std::string request = "<iq type='get' id='1'" + addresses + "><q xmlns='urn:q'/></iq>";
    const arrived in(request);
    bool done = false;
    asio::co_spawn(b.io, bench::give(&b, &in.stanza), [&](std::exception_ptr) { done = true; });
    b.io.run_one();
    CHECK_FALSE(done);
    CHECK(b.via.sent.empty());
    b.via.full = false;
    b.io.run();
    CHECK(done);
    REQUIRE(b.via.sent.size() == 1);
    CHECK(b.via.sent[0].bytes.find("service-unavailable") != std::string::npos);
}

TEST_CASE("router: a malformed address is answered with jid-malformed (RFC 6120 section 8.3.3.8)") {
    bench b;
    bool received = false;
    b.r.receive(stanza_kind::message, [&](const incoming_stanza&, stox::xmpp::link&) -> awaitable<void> {
        received = true;
        co_return;
    });
    const auto answer_to = [&b](const std::string& stanza, const std::string& from, const std::string& to) {
        const arrived in(stanza);
        incoming_stanza only_domains = in.stanza;
        only_domains.from = jid::parse(from).value();
        only_domains.to = jid::parse(to).value();
        b.via.sent.clear();
        asio::co_spawn(b.io, bench::give(&b, &only_domains), [](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
        });
        b.io.poll();
        b.io.restart();
        return b.via.sent.empty() ? std::string() : b.via.sent[0].bytes;
    };
    const auto answer = answer_to("<message from='a@b/c' to='@e' id='1'><body/></message>", "a@b/c", "e");
    CHECK(answer.find("<message from='@e' to='a@b/c' id='1' type='error'>") == 0);
    CHECK(answer.find("<jid-malformed") != std::string::npos);
    CHECK(b.via.sent.at(0).to.to_string() == "a@b/c");
    CHECK(answer_to("<iq type='get' from='@b' to='e' id='1'><q/></iq>", "b", "e").find("jid-malformed") !=
          std::string::npos);
    CHECK(answer_to("<iq type='result' from='@b' to='e' id='1'/>", "b", "e").empty());
    CHECK_FALSE(received);
    // A domain is an address, however it is written.
    CHECK(answer_to("<message from='B' to='E'><body/></message>", "b", "e").empty());
    CHECK(received);
}

TEST_CASE("router: floods and forgeries of an authenticated peer (vectors)") {
    struct row {
        const char* file;
        std::size_t answers, messages;
    };
    // Calls and files are refused one by one, probes and unasked presence get nothing, a forged carbon or
    // correction is a message like any other.
    for (const auto& r : {row{"jingle-flood.xml", 200, 0}, row{"ft-traversal.xml", 1, 0},
                          row{"presence-probe-flood.xml", 0, 0}, row{"muc-status-forged.xml", 0, 0},
                          row{"iq-result-wrong-from.xml", 0, 0}, row{"carbon-forged.xml", 0, 1},
                          row{"correct-forged.xml", 0, 1}}) {
        INFO(r.file);
        bench b;
        std::size_t messages = 0;
        b.r.receive(stanza_kind::message, [&](const incoming_stanza&, stox::xmpp::link&) -> awaitable<void> {
            ++messages;
            co_return;
        });
        std::ifstream in(std::string(STOX_VECTORS "/attacks/xmpp-authz/") + r.file);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        xml::document all;
        REQUIRE_FALSE(xml::parse_document("<stream xmlns='jabber:server'>" + bytes + "</stream>", all));
        std::size_t answers = 0;
        for (const auto& stanza : all.first_child().children()) {
            const auto answer = b.dispatch(xml::to_bytes(stanza));
            if (answer.empty()) continue;
            ++answers;
            CHECK(answer.find("<service-unavailable") != std::string::npos);
        }
        CHECK(answers == r.answers);
        CHECK(messages == r.messages);
    }
}
