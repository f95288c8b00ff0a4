// SPDX-License-Identifier: Apache-2.0
// Waiting parcels: order, and bytes counted over all queues.
#include <catch2/catch.hpp>

#include "xmpp/stream/parcel_queue.hpp"

using namespace stox;
using namespace stox::xmpp::stream;

namespace {

parcel of(const std::string& bytes) {
    parcel p;
    p.bytes = bytes;
    return p;
}

}  // namespace

TEST_CASE("parcel queue: order and bytes, alone and in all") {
    std::size_t total = 0;
    parcel_queue one(total);
    {
        parcel_queue other(total);
        other.push_back(of("12345"));
        one.push_back(of("b"));
        one.push_back(of("cc"));
        one.push_front(of("aaa"));
        CHECK(one.bytes() == 6);
        CHECK(total == 11);
        const auto odd = one.take_if([](const parcel& p) { return p.bytes.size() % 2 == 1; });
        REQUIRE(odd.size() == 2);
        CHECK(odd[0].bytes == "aaa");
        CHECK(odd[1].bytes == "b");
        CHECK(total == 7);
    }
    CHECK(total == 2);
    CHECK(one.pop_front().bytes == "cc");
    CHECK(one.empty());
    CHECK(total == 0);
}
