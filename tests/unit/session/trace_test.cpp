// SPDX-License-Identifier: Apache-2.0
// Which messages belong to a conversation.
#include "session/trace.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/identity/zone.hpp"

using namespace stox;
using namespace stox::test;

namespace {

struct traced {
    gateway g;
    observe::journal journal{1000, 1'000'000};
    observe::conversation_ids ids{100};
    session::trace trace{journal, ids, *g.served};

    void see(const std::string& from_user, bool stranger = false) {
        auto m = sip::message::request("MESSAGE", "sip:juliet@capulet.example");
        m.add("From", "<sip:" + from_user + "@montague.example.net>;tag=1");
        m.add("To", "<sip:juliet@capulet.example>");
        const auto bytes = m.to_bytes();
        if (stranger)
            trace.on_stranger(true, {}, m, bytes);
        else
            trace.on_message(true, {}, m, bytes);
    }
    std::size_t conversations() const {
        std::size_t n = 0;
        ids.for_each([&](const auto&) { ++n; });
        return n;
    }
    std::size_t entries() const {
        std::size_t n = 0;
        journal.for_each([&](const auto&) { ++n; });
        return n;
    }
};

}  // namespace

TEST_CASE("trace: a stranger's message is recorded and opens no conversation") {
    traced t;
    t.see("romeo", true);
    CHECK(t.entries() == 1);
    CHECK(t.conversations() == 0);
    t.see("romeo");
    CHECK(t.entries() == 2);
    CHECK(t.conversations() == 1);
}

TEST_CASE("trace: a user longer than any address can have opens no conversation") {
    traced t;
    t.see(std::string(1023, 'a'));
    CHECK(t.conversations() == 1);
    t.see(std::string(1024, 'a'));
    t.see(std::string(30'000, 'a'));
    CHECK(t.entries() == 3);
    CHECK(t.conversations() == 1);
}
