// SPDX-License-Identifier: Apache-2.0
#include "interwork/common/crossing_log.hpp"

#include <catch2/catch.hpp>
#include <map>

using namespace stox;
using namespace stox::interwork;

TEST_CASE("log brake: one line for each source in a minute, and the count of those left out") {
    log_brake brake(10, seconds(60));
    const steady_time start{std::chrono::hours(1)};
    CHECK(brake.admit("a", start) == 0U);
    CHECK_FALSE(brake.admit("a", start + seconds(1)));
    CHECK_FALSE(brake.admit("a", start + seconds(59)));
    CHECK(brake.admit("b", start + seconds(59)) == 0U);
    CHECK(brake.admit("a", start + seconds(60)) == 2U);
    CHECK_FALSE(brake.admit("a", start + seconds(61)));
}

TEST_CASE("log brake: what was left out is told even when nothing more comes") {
    log_brake brake(10, seconds(60));
    const steady_time start{std::chrono::hours(1)};
    for (int i = 0; i < 5; ++i) brake.admit("a", start);
    brake.admit("b", start);
    std::map<std::string, std::size_t> told;
    const auto tell = [&told](const std::string& key, std::size_t count) { told[key] += count; };
    brake.tell_left_out(start + seconds(30), tell);
    CHECK(told.empty());
    brake.tell_left_out(start + seconds(60), tell);
    brake.tell_left_out(start + seconds(65), tell);
    CHECK(told == std::map<std::string, std::size_t>{{"a", 4}});
    CHECK(brake.admit("a", start + seconds(66)) == 0U);
}

TEST_CASE("log brake: never more keys than its capacity") {
    log_brake brake(2, seconds(60));
    const steady_time start{std::chrono::hours(1)};
    for (const char* key : {"a", "b", "c"}) CHECK(brake.admit(key, start));
    CHECK(brake.admit("a", start));
    CHECK_FALSE(brake.admit("c", start));
}
