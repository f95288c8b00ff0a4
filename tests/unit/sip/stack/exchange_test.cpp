// SPDX-License-Identifier: Apache-2.0
// Two stacks talk over loopback: the paths that work.
#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/sip/stack/two_stacks.hpp"

using namespace stox;
using namespace stox::test;

namespace {

sip::next_hop hop_to(const node& to, std::optional<sip::transport> kind = std::nullopt) {
    sip::next_hop hop;
    hop.host = "127.0.0.1";
    hop.port = to.port;
    hop.kind = kind;
    return hop;
}

struct seen {
    std::vector<std::string> bodies;
    std::vector<sip::transport> kinds;
};

void answer_messages(node& n, seen& s, int status = 200) {
    n.stack->handle("MESSAGE", [&s, status](sip::incoming_ptr request) -> awaitable<void> {
        s.bodies.emplace_back(request->request().body());
        s.kinds.push_back(request->from().kind);
        request->respond(status);
        co_return;
    });
}

sip::outcome exchange_one(sip::transport kind, std::string body, seen& s, int status = 200) {
    network n;
    node alice(n), bob(n);
    REQUIRE(bob.problems.empty());
    answer_messages(bob, s, status);
    sip::outcome result;
    auto body_of_test = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        bob.start(group);
        auto request = text_message("sip:juliet@xmpp.example", body);
        auto hop = hop_to(bob, kind);
        result = co_await alice.stack->send(std::move(request), std::move(hop));
    };
    n.run([&]() { return within_group(body_of_test); });
    return result;
}

}  // namespace

TEST_CASE("stack: a MESSAGE and its 200 over UDP") {
    seen s;
    const auto result = exchange_one(sip::transport::udp, "Art thou not Romeo?", s);
    REQUIRE(result.status == 200);
    REQUIRE(result.response);
    REQUIRE(s.bodies == std::vector<std::string>{"Art thou not Romeo?"});
    REQUIRE(s.kinds == std::vector<sip::transport>{sip::transport::udp});
    REQUIRE(result.response->header("To")->find(";tag=") != std::string_view::npos);
}

TEST_CASE("stack: a MESSAGE and its 200 over TCP") {
    seen s;
    const auto result = exchange_one(sip::transport::tcp, "Art thou not Romeo?", s);
    REQUIRE(result.status == 200);
    REQUIRE(s.kinds == std::vector<sip::transport>{sip::transport::tcp});
}

TEST_CASE("stack: a refusal comes back as it is") {
    seen s;
    const auto result = exchange_one(sip::transport::udp, "x", s, 404);
    REQUIRE(result.status == 404);
    REQUIRE(result.response);
}

TEST_CASE("stack: over 1300 bytes UDP becomes TCP (RFC 3261 18.1.1)") {
    seen s;
    const std::string large(20'000, 'x');
    const auto result = exchange_one(sip::transport::udp, large, s);
    REQUIRE(result.status == 200);
    REQUIRE(s.bodies == std::vector<std::string>{large});
    REQUIRE(s.kinds == std::vector<sip::transport>{sip::transport::tcp});
}

TEST_CASE("stack: a large message goes by UDP when TCP is refused (RFC 3261 18.1.1)") {
    network n;
    sip::stack_options options;
    const auto port = free_port();
    options.listen = {{sip::transport::udp, loopback(port)}};
    node alice(n), bob(n, options);
    bob.port = port;
    seen s;
    answer_messages(bob, s);
    sip::outcome result;
    const std::string large(5'000, 'x');
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        bob.start(group);
        auto request = text_message("sip:juliet@xmpp.example", large);
        auto hop = hop_to(bob);
        result = co_await alice.stack->send(std::move(request), std::move(hop));
    };
    n.run([&]() { return within_group(body); });
    REQUIRE(result.status == 200);
    REQUIRE(s.kinds == std::vector<sip::transport>{sip::transport::udp});
}

TEST_CASE("stack: requests to one target share a connection") {
    network n;
    node alice(n), bob(n);
    seen s;
    answer_messages(bob, s);
    std::size_t connections = 0;
    int answered = 0;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        bob.start(group);
        const auto one = [&]() -> awaitable<void> {
            auto request = text_message("sip:juliet@xmpp.example");
            auto hop = hop_to(bob, sip::transport::tcp);
            const auto result = co_await alice.stack->send(std::move(request), std::move(hop));
            if (result.status == 200) ++answered;
        };
        task_group senders(n.ex());
        for (int i = 0; i < 20; ++i) senders.spawn(one);
        co_await senders.join();
        connections = alice.stack->connection_count();
    };
    n.run([&]() { return within_group(body); });
    REQUIRE(answered == 20);
    REQUIRE(connections == 1);
}

TEST_CASE("stack: OPTIONS says truthfully what can be done") {
    network n;
    sip::stack_options options;
    options.supported = {"path"};
    node alice(n), bob(n, options);
    seen s;
    answer_messages(bob, s);
    bob.stack->accept_type("text/plain");
    sip::outcome result;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        bob.start(group);
        auto request = sip::message::request("OPTIONS", "sip:xmpp.example");
        request.add("From", "<sip:romeo@sip.example>;tag=1");
        request.add("To", "<sip:xmpp.example>");
        auto hop = hop_to(bob);
        result = co_await alice.stack->send(std::move(request), std::move(hop));
    };
    n.run([&]() { return within_group(body); });
    REQUIRE(result.status == 200);
    REQUIRE(result.response->header("Allow") == "MESSAGE, OPTIONS");
    REQUIRE(result.response->header("Accept") == "text/plain");
    REQUIRE(result.response->header("Supported") == "path");
}

TEST_CASE("stack: a UDP source proves itself by answering, another port does not") {
    network n;
    node alice(n), bob(n);
    bool proven = false, forged = true;
    sip::stack_options slow;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        bob.start(group);
        sip::flow f;
        f.local = loopback(alice.port);
        f.remote = loopback(bob.port);
        proven = co_await alice.stack->prove_source(f);
        f.remote = loopback(free_port());
        forged = co_await alice.stack->prove_source(f);
    };
    n.run([&]() { return within_group(body); });
    REQUIRE(proven);
    REQUIRE_FALSE(forged);
}
