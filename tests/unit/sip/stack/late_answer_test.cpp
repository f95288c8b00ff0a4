// SPDX-License-Identifier: Apache-2.0
// Answers whose connection is gone (RFC 3261 section 18.2.2), and what may be made of the one opened for
// them.
#include <catch2/catch.hpp>

#include "tests/unit/sip/stack/raw_peer.hpp"

using namespace stox;
using namespace stox::test;

TEST_CASE("stack: a connection opened for an answer proves nothing about the sent-by and takes no requests") {
    network n;
    node bob(n);
    std::vector<sip::incoming_ptr> held;
    bob.stack->handle("MESSAGE", [&](sip::incoming_ptr request) -> awaitable<void> {
        held.push_back(request);
        co_return;
    });
    auto listener = std::move(*net::listen_tcp(n.ex(), loopback()));
    const std::string own = "victim.example:" + std::to_string(listener->local().port);
    const auto from_victim = [&](const std::string& branch) {
        auto text = raw_request("MESSAGE", branch, {}, "TCP");
        return text.replace(text.find("127.0.0.1:9"), 11, own);
    };
    std::string late;
    bool second_connection = false;
    auto all = [&](task_group& group) -> awaitable<void> {
        bob.start(group);
        co_await yield();
        auto peer = co_await dial(bob.port);
        const auto request = from_victim("v1");
        co_await peer.stream->write(request);
        while (held.empty()) co_await yield();
        peer.stream->close();
        // waits for: the loss to be noticed
        while (bob.stack->connection_count() != 0) co_await sleep_for(milliseconds(1));
        held.at(0)->respond(202);
        raw_tcp opened;
        opened.stream = co_await listener->accept();
        late = co_await opened.read_responses(1);
        const auto forged = from_victim("v2");
        co_await opened.stream->write(forged);
        while (held.size() < 2) co_await yield();
        sip::next_hop hop;
        hop.host = "127.0.0.1";
        hop.port = listener->local().port;
        hop.kind = sip::transport::tcp;
        task_group sender(n.ex());
        sender.spawn([&bob, hop]() -> awaitable<void> {
            auto text = text_message("sip:juliet@xmpp.example");
            const auto result = co_await bob.stack->send(std::move(text), hop);
            static_cast<void>(result);
        });
        const auto fresh = co_await listener->accept();
        second_connection = fresh != nullptr;
        sender.cancel();
        co_await sender.join();
    };
    n.run([&]() { return within_group(all); });
    CHECK(status_of(late) == 202);
    REQUIRE(held.size() == 2);
    CHECK(held[1]->from().opened_to.empty());
    CHECK(second_connection);
}
