// SPDX-License-Identifier: Apache-2.0
#include "observe/metrics.hpp"

#include <catch2/catch.hpp>

using namespace stox;

TEST_CASE("metrics: counters and gauges appear in the text; the same name is the same counter") {
    metrics::counter one("stox_test_things_total", "Things", {{"kind", "a"}});
    metrics::counter same("stox_test_things_total", "Things", {{"kind", "a"}});
    metrics::counter other("stox_test_things_total", "Things", {{"kind", "b"}});
    one.add();
    same.add(2);
    CHECK(one.value() == 3);
    CHECK(other.value() == 0);
    metrics::gauge level("stox_test_level", "A level");
    level.set(7);
    level.add(-2);
    const auto totals = metrics::totals();
    CHECK(totals.at("stox_test_things_total") == 3);
    CHECK(totals.count("stox_test_level") == 0);
    const auto text = metrics::text();
    CHECK(text.find("# TYPE stox_test_things_total counter") != std::string::npos);
    CHECK(text.find("stox_test_things_total{kind=\"a\"} 3") != std::string::npos);
    CHECK(text.find("stox_test_level 5") != std::string::npos);
}
