// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/notice_ring.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <random>

using namespace stox;
using namespace stox::interwork;

TEST_CASE("notice ring: a text is given out once, until it expires") {
    notice_ring ring(16, 1024);
    const steady_time start{std::chrono::hours(1)};
    CHECK(ring.keep("a", "first", start + seconds(60)));
    CHECK(ring.keep("b", "second", start + seconds(60)));
    CHECK(ring.take("a", start) == "first");
    CHECK_FALSE(ring.take("a", start));
    CHECK_FALSE(ring.take("c", start));
    CHECK_FALSE(ring.take("b", start + seconds(60)));
    CHECK_FALSE(ring.keep("d", "", start));
    CHECK_FALSE(ring.keep("d", std::string(129, 'x'), start));
}

TEST_CASE("notice ring: when it is full the oldest go, and what is left is whole") {
    const steady_time start{std::chrono::hours(1)};
    std::mt19937 random(1);
    for (const std::size_t bytes :
         {std::size_t{16}, std::size_t{100}, std::size_t{1000}, std::size_t{4096}}) {
        notice_ring ring(32, bytes);
        std::deque<std::pair<std::string, std::string>> kept;
        for (int i = 0; i < 3000; ++i) {
            const std::size_t size = 1 + random() % (bytes / 8);
            std::string text(size, static_cast<char>('a' + i % 26));
            REQUIRE(ring.keep(std::to_string(i), text, start + seconds(1)));
            kept.emplace_back(std::to_string(i), std::move(text));
            if (i % 97 != 96) continue;
            // From the newest back: all are there up to one that is not, and then no older one is.
            bool there = true;
            std::size_t found = 0, held = 0;
            for (auto at = kept.rbegin(); at != kept.rend(); ++at) {
                const auto taken = ring.take(at->first, start);
                there = there && taken.has_value();
                CHECK(taken.has_value() == there);
                if (!taken) continue;
                CHECK(*taken == at->second);
                ++found;
                held += taken->size();
            }
            CHECK(found <= 32);
            CHECK(held <= bytes);
            CHECK((found == 32 || held >= bytes / 2));
            kept.clear();
        }
    }
}
