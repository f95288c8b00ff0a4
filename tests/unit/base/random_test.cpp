// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "base/text.hpp"

using namespace stox;

TEST_CASE("random: tokens carry their bits, in letters and digits, and do not repeat") {
    CHECK(random_token(80).size() == 16);
    CHECK(random_token(40).size() == 8);
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        const auto t = random_token(80);
        for (char c : t) REQUIRE((is_digit(c) || (c >= 'a' && c <= 'z')));
        REQUIRE(seen.insert(t).second);
    }
}

TEST_CASE("random: numbers stay under their bound and reach all values") {
    bool seen[7] = {};
    for (int i = 0; i < 1000; ++i) {
        const auto n = random_below(7);
        REQUIRE(n < 7);
        seen[n] = true;
    }
    for (bool s : seen) CHECK(s);
    CHECK(random_below(1) == 0);
}
