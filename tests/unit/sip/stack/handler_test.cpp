// SPDX-License-Identifier: Apache-2.0
// What becomes of a request whose handler does not answer at once, or never.
#include <catch2/catch.hpp>

#include "tests/unit/sip/stack/failover.hpp"

using namespace stox;
using namespace stox::test;

namespace {

int status_with(sip::request_handler handler) {
    network n;
    node alice(n, quick()), bob(n, quick());
    bob.stack->handle("MESSAGE", std::move(handler));
    auto hop = domain("127.0.0.1");
    hop.port = bob.port;
    const auto result = send_one(n, alice, hop, {&bob});
    CHECK(result.response);
    return result.status;
}

}  // namespace

TEST_CASE("handler: a request that nobody holds any more is answered 500") {
    CHECK(status_with([](sip::incoming_ptr) -> awaitable<void> { co_return; }) == 500);
}

TEST_CASE("handler: a request may be kept and answered after its handler has ended") {
    sip::incoming_ptr kept;
    network n;
    node alice(n, quick()), bob(n, quick());
    bob.stack->handle("MESSAGE", [&kept](sip::incoming_ptr request) -> awaitable<void> {
        kept = std::move(request);
        co_return;
    });
    const bool answers = GENERATE(true, false);
    sip::outcome result;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        bob.start(group);
        group.spawn([&]() -> awaitable<void> {
            while (!kept) co_await yield();
            for (int i = 0; i < 10; ++i) co_await yield();
            if (answers) kept->respond(202);
            kept.reset();
        });
        auto request = text_message("sip:juliet@xmpp.example");
        auto hop = domain("127.0.0.1");
        hop.port = bob.port;
        result = co_await alice.stack->send(std::move(request), std::move(hop));
    };
    n.run([&]() { return within_group(body); });
    CHECK(result.status == (answers ? 202 : 500));
}

TEST_CASE("handler: one that throws answers 500, and the stack goes on") {
    CHECK(status_with([](sip::incoming_ptr) -> awaitable<void> {
              throw std::runtime_error("broken");
              co_return;
          }) == 500);
}

TEST_CASE("handler: a request that outlives its stack is harmless") {
    sip::incoming_ptr kept;
    {
        network n;
        node alice(n, quick()), bob(n, quick());
        bob.stack->handle("MESSAGE", [&kept](sip::incoming_ptr request) -> awaitable<void> {
            kept = std::move(request);
            co_return;
        });
        auto hop = domain("127.0.0.1");
        hop.port = bob.port;
        send_one(n, alice, hop, {&bob});
    }
    REQUIRE(kept);
    kept->respond(200);
    kept.reset();
}

TEST_CASE("handler: a refusal of the gate carries its own text and Retry-After") {
    network n;
    node alice(n, quick()), bob(n, quick());
    using gate = sip::stack::admission;
    int taken = 0;
    answer_with(bob, 200, taken);
    bob.stack->on_admission([](const sip::message&, const sip::flow&) {
        gate out;
        out.what = gate::verdict::refuse;
        out.status = 503;
        out.warning = "too many requests";
        out.retry_after = seconds(2);
        return out;
    });
    auto hop = domain("127.0.0.1");
    hop.port = bob.port;
    hop.kind = sip::transport::tcp;
    const auto result = send_one(n, alice, hop, {&bob});
    REQUIRE(result.response);
    CHECK(result.response->header("Retry-After") == "2");
    CHECK(result.response->header("Warning") == "399 stox \"too many requests\"");
    CHECK(taken == 0);
}
