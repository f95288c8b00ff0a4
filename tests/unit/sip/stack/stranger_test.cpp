// SPDX-License-Identifier: Apache-2.0
// What a stranger may cost: the gate before everything, no state for refusals, no place in a conversation.
#include <catch2/catch.hpp>

#include "tests/unit/sip/stack/raw_peer.hpp"

using namespace stox;
using namespace stox::test;

namespace {

std::string with_to_tag(std::string request) {
    const std::string to = "To: <sip:juliet@xmpp.example>";
    return request.insert(request.find(to) + to.size(), ";tag=unknown");
}

using gate = sip::stack::admission;

struct counting_tap final : sip::tap {
    std::vector<std::string> known, strangers;
    static std::string name_of(bool incoming, const sip::message& m) {
        return (incoming ? "in " : "out ") +
               (m.is_request() ? std::string(m.method()) : std::to_string(m.status()));
    }
    void on_message(bool incoming, const sip::flow&, const sip::message& m, std::string_view) override {
        known.push_back(name_of(incoming, m));
    }
    void on_stranger(bool incoming, const sip::flow&, const sip::message& m, std::string_view) override {
        strangers.push_back(name_of(incoming, m));
    }
    void on_event(const sip::flow*, std::string_view) override {}
};

}  // namespace

TEST_CASE("stranger: a To tag does not pass the gate, and no dialog is 481 (RFC 3261 12.2.2)") {
    int asked = 0;
    bool closed = false;
    std::string message, options, refused, after_drain;
    const int handled = with_node([&](network& n, node& bob) -> awaitable<void> {
        bob.stack->on_admission([&](const sip::message&, const sip::flow&) {
            ++asked;
            gate out;
            if (closed) out.what = gate::verdict::refuse;
            return out;
        });
        raw_udp peer(n, bob.port);
        message = co_await peer.ask(with_to_tag(raw_request("MESSAGE", "t1")));
        options = co_await peer.ask(with_to_tag(raw_request("OPTIONS", "t2")));
        closed = true;
        refused = co_await peer.ask(with_to_tag(raw_request("MESSAGE", "t3")));
        bob.stack->drain();
        after_drain = co_await peer.ask(with_to_tag(raw_request("MESSAGE", "t4")));
    });
    CHECK(status_of(message) == 481);
    CHECK(status_of(options) == 200);
    CHECK(status_of(refused) == 403);
    CHECK(status_of(after_drain) == 503);
    CHECK(asked == 3);
    CHECK(handled == 0);
}

TEST_CASE("stranger: a request in a dialog of ours needs neither gate nor peace") {
    std::string answer;
    const int handled = with_node([&](network& n, node& bob) -> awaitable<void> {
        bob.stack->on_admission([](const sip::message&, const sip::flow&) {
            gate out;
            out.what = gate::verdict::refuse;
            return out;
        });
        bob.stack->on_dialog_lookup([](const sip::message& m) {
            return m.header("To")->find("tag=unknown") != std::string_view::npos;
        });
        bob.stack->drain();
        raw_udp peer(n, bob.port);
        answer = co_await peer.ask(with_to_tag(raw_request("MESSAGE", "d1")));
    });
    CHECK(status_of(answer) == 200);
    CHECK(handled == 1);
}

TEST_CASE("stranger: refusals and OPTIONS leave no transaction behind, INVITE neither") {
    std::vector<int> answers;
    std::size_t transactions = 99;
    with_node([&](network& n, node& bob) -> awaitable<void> {
        raw_udp peer(n, bob.port);
        for (const auto* method : {"INVITE", "OPTIONS", "REGISTER", "BREW"}) {
            const auto answer = co_await peer.ask(raw_request(method, method));
            answers.push_back(status_of(answer));
        }
        transactions = bob.stack->transaction_count();
    });
    CHECK(answers == std::vector<int>{405, 200, 405, 501});
    CHECK(transactions == 0);
}

TEST_CASE("stranger: only what the gate let pass is shown as part of a conversation") {
    counting_tap tap;
    with_node([&](network& n, node& bob) -> awaitable<void> {
        bob.stack->set_tap(&tap);
        bob.stack->on_admission([](const sip::message& m, const sip::flow&) {
            gate out;
            if (m.header("Subject")) out.what = gate::verdict::refuse;
            return out;
        });
        raw_udp peer(n, bob.port);
        const auto good = raw_request("MESSAGE", "s1");
        co_await peer.ask(good);
        co_await peer.ask(good);
        co_await peer.ask(raw_request("MESSAGE", "s2", "Subject: x\r\n"));
        co_await peer.ask(raw_request("MESSAGE", "s3", "Max-Forwards: many\r\n"));
        co_await peer.ask(raw_request("REGISTER", "s4"));
        peer.send(raw_request("ACK", "s5"));
        peer.send(
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKnone\r\nFrom: <sip:a@h>;tag=1\r\n"
            "To: <sip:b@h>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\r\n");
        co_await peer.ask(raw_request("OPTIONS", "s6"));
    });
    CHECK(tap.known == std::vector<std::string>{"in MESSAGE", "out 200", "in MESSAGE", "out 200"});
    CHECK(tap.strangers == std::vector<std::string>{"in MESSAGE", "out 403", "in MESSAGE", "out 400",
                                                    "in REGISTER", "out 405", "in ACK", "in 200",
                                                    "in OPTIONS", "out 200"});
}

TEST_CASE("stranger: a Via with our address and port further down is a loop, another port is none") {
    std::vector<int> answers;
    with_node([&](network& n, node& bob) -> awaitable<void> {
        raw_udp peer(n, bob.port);
        const auto ours = "Via: SIP/2.0/UDP 127.0.0.1:" + std::to_string(bob.port) + ";branch=z9hG4bKold";
        for (const auto& below : {ours + "\r\n", ours + ";received=192.0.2.1\r\n",
                                  std::string("Via: SIP/2.0/UDP 127.0.0.1:7;branch=z9hG4bKold\r\n")}) {
            const auto branch = "l" + std::to_string(answers.size());
            const auto answer = co_await peer.ask(raw_request("MESSAGE", branch, below));
            answers.push_back(status_of(answer));
        }
    });
    CHECK(answers == std::vector<int>{482, 200, 200});
}

TEST_CASE("stranger: a connection gives its place back when its sender is proven, not before") {
    for (const bool proves : {false, true}) {
        network n;
        sip::stack_options options;
        options.max_unauthenticated_per_source = 1;
        node bob(n, options);
        bob.stack->handle("MESSAGE", [&](sip::incoming_ptr request) -> awaitable<void> {
            if (proves) request->mark_proven();
            request->respond(200);
            co_return;
        });
        std::string first_answer, second_answer;
        auto all = [&](task_group& group) -> awaitable<void> {
            bob.start(group);
            co_await yield();
            auto first = co_await dial(bob.port);
            const auto one = raw_request("MESSAGE", "p1", {}, "TCP");
            co_await first.stream->write(one);
            first_answer = co_await first.read_responses(1);
            auto second = co_await dial(bob.port);
            const auto two = raw_request("MESSAGE", "p2", {}, "TCP");
            co_await second.stream->write(two);
            try {
                second_answer = co_await second.read_responses(1);
            } catch (const boost::system::system_error&) {
            }
        };
        n.run([&]() { return within_group(all); });
        CHECK(status_of(first_answer) == 200);
        CHECK(status_of(second_answer) == (proves ? 200 : 0));
    }
}
