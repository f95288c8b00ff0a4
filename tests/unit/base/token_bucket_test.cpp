// SPDX-License-Identifier: Apache-2.0
#include "base/token_bucket.hpp"

#include <catch2/catch.hpp>

using namespace stox;

namespace {
const steady_time start{std::chrono::hours(1)};
}

TEST_CASE("token bucket: a burst, then the rate") {
    token_bucket b(10, 5);
    for (int i = 0; i < 5; ++i) CHECK(b.take(start));
    CHECK_FALSE(b.take(start));
    CHECK_FALSE(b.take(start + milliseconds(99)));
    CHECK(b.take(start + milliseconds(150)));
    CHECK_FALSE(b.take(start + milliseconds(190)));
    CHECK(b.take(start + milliseconds(210)));
}

TEST_CASE("token bucket: never more than the burst, however long it rested") {
    token_bucket b(10, 5);
    CHECK(b.take(start, 5));
    int taken = 0;
    while (b.take(start + std::chrono::hours(10))) ++taken;
    CHECK(taken == 5);
}

TEST_CASE("token bucket: over ten seconds the rate holds") {
    token_bucket b(10, 50);
    int taken = 0;
    for (int ms = 0; ms < 10'000; ++ms)
        if (b.take(start + milliseconds(ms))) ++taken;
    CHECK(taken >= 149);
    CHECK(taken <= 150);
}

TEST_CASE("token bucket: full again means it can be forgotten") {
    token_bucket b(2, 4);
    CHECK(b.full(start));
    CHECK(b.take(start, 4));
    CHECK_FALSE(b.full(start + seconds(1)));
    CHECK(b.full(start + seconds(2)));
}

TEST_CASE("token bucket: what costs more than there is takes nothing") {
    token_bucket b(1, 4);
    CHECK_FALSE(b.take(start, 5));
    CHECK(b.take(start, 4));
}
