// SPDX-License-Identifier: Apache-2.0
#include "xmpp/iq_tracker.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <list>

#include "runtime/task_group.hpp"
#include "tests/unit/xmpp/memory_link.hpp"

using namespace stox;
using namespace stox::xmpp;
using test::arrived;
using test::memory_link;
using namespace std::chrono_literals;

namespace {

// Requests run on one io_context; what they end with is kept.
struct bench {
    asio::io_context io;
    iq_tracker tracker{io.get_executor(), 2};
    memory_link via;
    std::vector<iq_result> results;
    std::exception_ptr failure;
    std::list<asio::cancellation_signal> stops;  // one for each request

    ~bench() { cancel(); }
    void cancel() {
        for (auto& stop : stops) stop.emit(asio::cancellation_type::terminal);
        io.run();
    }
    static awaitable<void> ask(bench* b, milliseconds limit) {
        iq_question question(*jid::parse("me@ours"), *jid::parse("you@theirs/r"), false,
                             "<q xmlns='urn:q'/>");
        auto result = co_await b->tracker.request(b->via, std::move(question), limit);
        b->results.push_back(std::move(result));
    }
    void start(milliseconds limit) {
        asio::co_spawn(io, ask(this, limit),
                       asio::bind_cancellation_slot(stops.emplace_back().slot(),
                                                    [this](std::exception_ptr e) { failure = e; }));
        io.poll();
        io.restart();
    }
    std::string id(std::size_t n = 0) const {
        const arrived sent(via.sent.at(n).bytes);
        return std::string(xml::attribute(sent.stanza.tree, "id"));
    }
    bool answer(const std::string& text) {
        const arrived reply(text);
        const bool taken = tracker.answered(reply.stanza);
        io.poll();
        io.restart();
        return taken;
    }
};

}  // namespace

TEST_CASE("iq tracker: the result's payload comes back") {
    bench b;
    b.start(1h);
    REQUIRE(b.via.sent.size() == 1);
    const auto id = b.id();
    CHECK(b.via.sent[0].bytes ==
          "<iq from='me@ours' to='you@theirs/r' id='" + id + "' type='get'><q xmlns='urn:q'/></iq>");
    CHECK(id.size() >= 16);
    CHECK(b.answer("<iq type='result' from='you@theirs/r' to='me@ours' id='" + id +
                   "'><a xmlns='urn:q'>1</a></iq>"));
    REQUIRE(b.results.size() == 1);
    CHECK_FALSE(b.results[0].error);
    CHECK(b.results[0].payload == "<a xmlns='urn:q'>1</a>");
    CHECK(b.tracker.waiting() == 0);
}

TEST_CASE("iq tracker: an answer from another address is ignored and the request still waits") {
    bench b;
    b.start(1h);
    const auto id = b.id();
    CHECK_FALSE(b.answer("<iq type='result' from='you@theirs' to='me@ours' id='" + id + "'/>"));
    CHECK_FALSE(b.answer("<iq type='result' from='mallory@elsewhere' to='me@ours' id='" + id + "'/>"));
    CHECK_FALSE(b.answer("<iq type='result' from='you@theirs/r' to='other@ours' id='" + id + "'/>"));
    CHECK_FALSE(b.answer("<iq type='result' from='you@theirs/r' to='me@ours' id='x'/>"));
    CHECK_FALSE(b.answer("<iq type='result' from='you@theirs/r' to='me@ours'/>"));
    CHECK(b.results.empty());
    CHECK(b.tracker.waiting() == 1);
    CHECK(b.answer("<iq type='result' from='you@theirs/r' to='me@ours' id='" + id + "'/>"));
    CHECK(b.results.size() == 1);
    CHECK_FALSE(b.answer("<iq type='result' from='you@theirs/r' to='me@ours' id='" + id + "'/>"));
}

TEST_CASE("iq tracker: errors of the peer and of the link") {
    bench b;
    b.start(1h);
    CHECK(b.answer(
        "<iq type='error' from='you@theirs/r' to='me@ours' id='" + b.id() +
        "'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"));
    REQUIRE(b.results.size() == 1);
    CHECK(b.results[0].error.value().condition == "item-not-found");
    b.via.refusal = stanza_error::of("remote-server-not-found");
    b.start(1h);
    REQUIRE(b.results.size() == 2);
    CHECK(b.results[1].error.value().condition == "remote-server-not-found");
    CHECK(b.tracker.waiting() == 0);
}

TEST_CASE("iq tracker: the limit gives remote-server-timeout") {
    bench b;
    b.start(0ms);
    b.io.run();
    REQUIRE(b.results.size() == 1);
    CHECK(b.results[0].error.value().condition == "remote-server-timeout");
    CHECK(b.tracker.waiting() == 0);
}

TEST_CASE("iq tracker: cancel removes the request") {
    bench b;
    b.start(1h);
    CHECK(b.tracker.waiting() == 1);
    b.cancel();
    CHECK(is_cancelled(b.failure));
    CHECK(b.tracker.waiting() == 0);
    CHECK_FALSE(b.answer("<iq type='result' from='you@theirs/r' to='me@ours' id='" + b.id() + "'/>"));
}

TEST_CASE("iq tracker: bounded, and ids differ") {
    bench b;
    b.start(1h);
    b.start(1h);
    b.start(1h);
    REQUIRE(b.results.size() == 1);
    CHECK(b.results[0].error.value().condition == "resource-constraint");
    CHECK(b.id(0) != b.id(1));
    CHECK(b.answer("<iq type='result' from='you@theirs/r' to='me@ours' id='" + b.id(0) + "'/>"));
    CHECK(b.answer("<iq type='result' from='you@theirs/r' to='me@ours' id='" + b.id(1) + "'/>"));
}
