// SPDX-License-Identifier: Apache-2.0
// Reading at a rate.
#include <catch2/catch.hpp>

#include "xmpp/stream/pacer.hpp"

using namespace stox;
using stox::xmpp::stream::pacer;

TEST_CASE("pacer: a burst at once, then the rate on average") {
    const steady_time t0{};
    pacer p(100'000, 1'000'000, t0);
    CHECK(p.pause(t0, 1'000'000) == milliseconds(0));
    CHECK(p.pause(t0, 10'000) == milliseconds(100));
    CHECK(p.pause(t0 + milliseconds(100), 10'000) == milliseconds(100));
    CHECK(p.pause(t0 + seconds(2), 100'000) == milliseconds(0));
    CHECK(p.pause(t0 + seconds(1000), 1'000'001) == milliseconds(1));
}
