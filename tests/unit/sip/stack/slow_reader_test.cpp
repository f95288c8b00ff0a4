// SPDX-License-Identifier: Apache-2.0
// A peer that asks faster than it takes the answers.
#include <catch2/catch.hpp>

#include "tests/unit/sip/stack/raw_peer.hpp"

using namespace stox;
using namespace stox::test;

TEST_CASE("stack: who does not read its answers is not read any more, and gets them all later") {
    constexpr int count = 2000;  // 16 MB of answers: more than the kernel's buffers and the queue together
    network n;
    node bob(n);
    int handled = 0;
    bob.stack->handle("MESSAGE", [&](sip::incoming_ptr request) -> awaitable<void> {
        ++handled;
        auto response = sip::message::response(request->request(), 200);
        response.set_body("text/plain", std::string(8000, 'x'));
        request->respond(std::move(response));
        co_return;
    });
    std::string all_answers;
    std::size_t connections = 0;
    auto all = [&](task_group& group) -> awaitable<void> {
        bob.start(group);
        co_await yield();
        auto peer = co_await dial(bob.port);
        task_group writer(n.ex());
        writer.spawn([&peer]() -> awaitable<void> {
            for (int i = 0; i < count; ++i) {
                const auto request = raw_request("MESSAGE", "s" + std::to_string(i), {}, "TCP");
                co_await peer.stream->write(request);
            }
        });
        // waits for: the stack to come as far as it goes without a reader
        for (int before = -1; before != handled; co_await sleep_for(milliseconds(100))) before = handled;
        connections = bob.stack->connection_count();
        std::string buffer(65'536, '\0');
        while (all_answers.size() < std::size_t{8000} * count || responses_in(all_answers, "200") < count) {
            const auto part = co_await peer.stream->read_some(buffer);
            if (part == 0) break;
            all_answers.append(buffer, 0, part);
        }
        co_await writer.join();
    };
    n.run([&]() { return within_group(all); });
    CHECK(connections == 1);
    CHECK(responses_in(all_answers, "200") == count);
    CHECK(handled == count);
}
