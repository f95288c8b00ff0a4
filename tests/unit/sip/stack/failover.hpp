// SPDX-License-Identifier: Apache-2.0
// What the tests of outgoing requests share: short timers, one send(), a peer that answers and counts.
#pragma once

#include <catch2/catch.hpp>

#include "tests/unit/sip/stack/two_stacks.hpp"

namespace stox::test {

inline sip::stack_options quick() {
    sip::stack_options o;
    o.t1 = milliseconds(10);  // 64*T1 = 640 ms
    o.t2 = milliseconds(40);
    o.t4 = milliseconds(50);
    return o;
}

/// `times` requests to `hop`, one after the other; a stack runs once.
inline std::vector<sip::outcome> send_some(network& n, node& alice, sip::next_hop hop,
                                           std::vector<node*> others, int times, std::string text = "Hello") {
    std::vector<sip::outcome> results;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        for (auto* other : others) other->start(group);
        for (int i = 0; i < times; ++i) {
            auto request = text_message("sip:juliet@xmpp.example", text);
            auto result = co_await alice.stack->send(std::move(request), hop);
            results.push_back(std::move(result));
        }
    };
    n.run([&]() { return within_group(body); });
    return results;
}

inline sip::outcome send_one(network& n, node& alice, sip::next_hop hop, std::vector<node*> others = {},
                             std::string text = "Hello") {
    return std::move(send_some(n, alice, std::move(hop), std::move(others), 1, std::move(text)).front());
}

inline sip::next_hop domain(std::string name) {
    sip::next_hop hop;
    hop.host = std::move(name);
    hop.configured = true;  // every peer of these tests lives on loopback
    return hop;
}

inline void answer_with(node& n, int status, int& count) {
    n.stack->handle("MESSAGE", [&count, status](sip::incoming_ptr request) -> awaitable<void> {
        ++count;
        request->respond(status);
        co_return;
    });
}

}  // namespace stox::test
