// SPDX-License-Identifier: Apache-2.0
// One stack against a peer that is only a socket: retransmissions, broken messages, lost answers, closed
// connections.
#include <catch2/catch.hpp>

#include "tests/unit/sip/stack/raw_peer.hpp"

using namespace stox;
using namespace stox::test;

TEST_CASE("stack: a retransmitted request is answered from the transaction") {
    std::string first, second;
    const int handled = with_node([&](network& n, node& bob) -> awaitable<void> {
        raw_udp peer(n, bob.port);
        const auto request = raw_request("MESSAGE", "a1");
        first = co_await peer.ask(request);
        second = co_await peer.ask(request);
    });
    CHECK(handled == 1);
    CHECK(status_of(first) == 200);
    CHECK(first == second);
}

TEST_CASE("stack: what is refused without a transaction") {
    struct row {
        std::string request;
        int status;
        std::string header;
    };
    const std::vector<row> rows = {
        {raw_request("MESSAGE", "b1", "Max-Forwards: 0\r\n"), 483, ""},
        {raw_request("OPTIONS", "b2", "Max-Forwards: 0\r\n"), 200, "Allow: MESSAGE, OPTIONS"},
        {raw_request("MESSAGE", "b3", "Require: magic, spells\r\n"), 420, "Unsupported: magic, spells"},
        {raw_request("NEWMETHOD", "b4"), 501, "Allow: MESSAGE, OPTIONS"},
        {raw_request("PUBLISH", "b5"), 405, "Allow: MESSAGE, OPTIONS"},
        {raw_request("MESSAGE", "b6", "Content-Encoding: gzip\r\n"), 415, "Accept-Encoding: identity"},
        {raw_request("CANCEL", "b7"), 481, ""},
        {raw_request("INVITE", "b8"), 405, "Allow: MESSAGE, OPTIONS"},
    };
    std::vector<std::string> answers;
    with_node([&](network& n, node& bob) -> awaitable<void> {
        raw_udp peer(n, bob.port);
        for (const auto& r : rows) {
            const auto answer = co_await peer.ask(r.request);
            answers.push_back(answer);
            // The ACK of the 405 to INVITE.
            if (r.request.substr(0, 6) == "INVITE") peer.send(raw_request("ACK", "b8"));
        }
    });
    for (std::size_t i = 0; i < rows.size(); ++i) {
        INFO(rows[i].request << answers[i]);
        CHECK(status_of(answers[i]) == rows[i].status);
        CHECK(answers[i].find(rows[i].header) != std::string::npos);
        CHECK(answers[i].find(";received=127.0.0.1") != std::string::npos);
    }
}

TEST_CASE("stack: an INVITE refused is absorbed with its ACK; a stray ACK is never answered") {
    std::string refused, after_ack;
    with_node([&](network& n, node& bob) -> awaitable<void> {
        raw_udp peer(n, bob.port);
        refused = co_await peer.ask(raw_request("INVITE", "c1"));
        after_ack = co_await peer.ask(raw_request("ACK", "c1"));
        if (after_ack.empty()) after_ack = co_await peer.ask(raw_request("ACK", "c2"));
    });
    CHECK(status_of(refused) == 405);
    CHECK(after_ack.empty());
}

TEST_CASE("stack: the same request by two paths is merged once (RFC 3261 8.2.2.2)") {
    network n;
    node bob(n);
    std::vector<sip::incoming_ptr> held;
    bob.stack->handle("MESSAGE", [&](sip::incoming_ptr request) -> awaitable<void> {
        held.push_back(request);
        co_return;
    });
    std::string second;
    auto all = [&](task_group& group) -> awaitable<void> {
        bob.start(group);
        raw_udp peer(n, bob.port);
        auto request = raw_request("MESSAGE", "d1");
        peer.send(request);
        request.replace(request.find("z9hG4bKd1"), 9, "z9hG4bKd2");
        second = co_await peer.ask(request);
        held.at(0)->respond(200);
    };
    n.run([&]() { return within_group(all); });
    CHECK(status_of(second) == 482);
    CHECK(held.size() == 1);
}

TEST_CASE("stack: the gate refuses without state, drops in silence, and never sees a defect") {
    network n;
    node bob(n);
    int asked = 0;
    using gate = sip::stack::admission;
    bob.stack->handle("MESSAGE", [](sip::incoming_ptr request) -> awaitable<void> {
        request->respond(200);
        co_return;
    });
    bob.stack->on_admission([&](const sip::message& m, const sip::flow&) {
        ++asked;
        gate out;
        out.what = m.header("Subject") == "drop" ? gate::verdict::drop : gate::verdict::refuse;
        out.reason = "Not here";
        out.warning = "no \"record\"";
        return out;
    });
    std::string refused, dropped, broken;
    std::size_t transactions = 99;
    auto all = [&](task_group& group) -> awaitable<void> {
        bob.start(group);
        raw_udp peer(n, bob.port);
        refused = co_await peer.ask(raw_request("MESSAGE", "e1"));
        transactions = bob.stack->transaction_count();
        dropped = co_await peer.ask(raw_request("MESSAGE", "e2", "Subject: drop\r\n"));
        broken = co_await peer.ask(raw_request("MESSAGE", "e3", "Max-Forwards: many\r\n"));
    };
    n.run([&]() { return within_group(all); });
    CHECK(refused.substr(0, 20) == "SIP/2.0 403 Not here");
    CHECK(refused.find("Warning: 399 stox \"no \\\"record\\\"\"") != std::string::npos);
    CHECK(refused.find(";tag=") != refused.rfind(";tag="));
    CHECK(transactions == 0);
    CHECK(dropped.empty());
    CHECK(status_of(broken) == 400);
    CHECK(asked == 2);
}

TEST_CASE("stack: ten pipelined requests and a half-close are all answered") {
    std::string all;
    const int handled = with_node([&](network&, node& bob) -> awaitable<void> {
        auto peer = co_await dial(bob.port);
        std::string burst;
        for (int i = 0; i < 10; ++i) burst += raw_request("MESSAGE", "f" + std::to_string(i), {}, "TCP");
        co_await peer.stream->write(burst);
        co_await peer.stream->shutdown();
        all = co_await peer.read_responses(10);
    });
    CHECK(handled == 10);
    CHECK(responses_in(all, "200") == 10);
}

TEST_CASE("stack: a broken stream gets 400 and ends; the next connection works") {
    std::string bad, good;
    bool ended = false;
    with_node([&](network&, node& bob) -> awaitable<void> {
        auto first = co_await dial(bob.port);
        auto request = raw_request("MESSAGE", "g1", {}, "TCP");
        request.replace(request.find("Content-Length: 0"), 17, "Content-Length: x");
        co_await first.stream->write(request);
        bad = co_await first.read_responses(99);
        ended = true;
        auto second = co_await dial(bob.port);
        const auto fine = raw_request("MESSAGE", "g2", {}, "TCP");
        co_await second.stream->write(fine);
        good = co_await second.read_responses(1);
    });
    CHECK(status_of(bad) == 400);
    CHECK(ended);
    CHECK(status_of(good) == 200);
}

TEST_CASE("stack: a CRLF ping on a connection is answered (RFC 5626 3.5.1)") {
    std::string pong(16, '\0');
    with_node([&](network&, node& bob) -> awaitable<void> {
        auto peer = co_await dial(bob.port);
        co_await peer.stream->write("\r\n\r\n");
        const auto count = co_await peer.stream->read_some(pong);
        pong.resize(count);
    });
    CHECK(pong == "\r\n");
}

TEST_CASE("stack: connections of strangers are limited per source") {
    sip::stack_options options;
    options.max_unauthenticated_per_source = 3;
    std::string over(16, '\0');
    std::size_t got = 99;
    with_node(
        [&](network&, node& bob) -> awaitable<void> {
            std::vector<raw_tcp> open;
            for (int i = 0; i < 4; ++i) {
                auto one = co_await dial(bob.port);
                open.push_back(std::move(one));
            }
            try {
                got = co_await open.back().stream->read_some(over);
            } catch (const boost::system::system_error&) {
                got = 0;
            }
            const auto request = raw_request("MESSAGE", "h1", {}, "TCP");
            co_await open.front().stream->write(request);
            over = co_await open.front().read_responses(1);
        },
        options);
    CHECK(got == 0);
    CHECK(status_of(over) == 200);
}

TEST_CASE("stack: our own request coming back is a loop") {
    std::string own, answer;
    network n;
    node bob(n);
    auto all = [&](task_group& group) -> awaitable<void> {
        bob.start(group);
        raw_udp peer(n, bob.port);
        sip::flow f;
        f.local = loopback(bob.port);
        f.remote = peer.socket->local();
        task_group side(n.ex());
        side.spawn([&bob, f]() -> awaitable<void> {
            const bool proven = co_await bob.stack->prove_source(f);
            static_cast<void>(proven);
        });
        own = co_await peer.receive();
        // As a proxy would send it back: with a Via of its own on top.
        std::string back = own;
        back.insert(back.find("Via:"), "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKproxy;rport\r\n");
        answer = co_await peer.ask(back);
        side.cancel();
        co_await side.join();
    };
    n.run([&]() { return within_group(all); });
    CHECK(status_of(answer) == 482);
}
