// SPDX-License-Identifier: Apache-2.0
#include "base/bounded_map.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace stox;

namespace {
const steady_time start{std::chrono::hours(1)};
using map = bounded_map<std::string, int>;
}  // namespace

TEST_CASE("bounded map: entries live until they expire") {
    map m(4);
    m.put("a", 1, start + seconds(10));
    REQUIRE(m.find("a", start + milliseconds(9999)) != nullptr);
    CHECK(*m.find("a", start) == 1);
    CHECK(m.find("a", start + seconds(10)) == nullptr);
    CHECK(m.size() == 0);
}

TEST_CASE("bounded map: when full the one touched longest ago goes") {
    map m(3);
    const auto later = start + seconds(10);
    m.put("a", 1, later);
    m.put("b", 2, later);
    m.put("c", 3, later);
    m.find("a", start);
    m.put("d", 4, later);
    CHECK(m.size() == 3);
    CHECK(m.find("b", start) == nullptr);
    CHECK(m.find("a", start) != nullptr);
}

TEST_CASE("bounded map: putting again replaces value and expiry and makes no room") {
    map m(2);
    m.put("a", 1, start + seconds(1));
    m.put("b", 2, start + seconds(1));
    m.put("a", 3, start + seconds(5));
    CHECK(m.size() == 2);
    CHECK(*m.find("a", start + seconds(2)) == 3);
    CHECK(m.find("b", start) != nullptr);
}

TEST_CASE("bounded map: erase and drop_expired") {
    map m(10);
    for (int i = 0; i < 6; ++i) m.put(std::to_string(i), i, start + seconds(i));
    m.erase("5");
    m.erase("unknown");
    m.drop_expired(start + seconds(2));
    CHECK(m.size() == 2);
    int sum = 0;
    m.for_each([&](const std::string&, int v) { sum += v; });
    CHECK(sum == 3 + 4);
}

TEST_CASE("bounded map: a hundred thousand strangers leave it at its bound") {
    map m(100);
    for (int i = 0; i < 100'000; ++i) m.put(std::to_string(i), i, start + seconds(60));
    CHECK(m.size() == 100);
    CHECK(m.find("99999", start) != nullptr);
}
