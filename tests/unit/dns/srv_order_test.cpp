// SPDX-License-Identifier: Apache-2.0
#include "dns/srv_order.hpp"

#include <catch2/catch.hpp>
#include <map>

using namespace stox::dns;

namespace {

std::string order_of(std::vector<srv_record> records, std::uint64_t chosen) {
    std::string out;
    const auto pick = [&](std::uint64_t bound) { return std::min(chosen, bound - 1); };
    for (const auto& r : srv_order(std::move(records), pick)) out += r.target;
    return out;
}

const std::vector<srv_record> mixed{{20, 1, 1, "z"}, {10, 0, 1, "a"}, {10, 1, 1, "b"}, {10, 3, 1, "c"}};

}  // namespace

TEST_CASE("srv order: priorities ascend, the running sum chooses within one (RFC 2782)") {
    CHECK(order_of(mixed, 0) == "abcz");  // number 0: weight 0 comes first
    CHECK(order_of(mixed, 1) == "bcaz");
    CHECK(order_of(mixed, 4) == "cbaz");
}

TEST_CASE("srv order: shares follow the weights") {
    std::map<std::string, int> first;
    std::uint64_t state = 1;
    const auto random = [&](std::uint64_t bound) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (state >> 33U) % bound;
    };
    const std::vector<srv_record> records{{1, 10, 1, "a"}, {1, 30, 1, "b"}, {1, 60, 1, "c"}};
    for (int i = 0; i < 10'000; ++i) ++first[srv_order(records, random).front().target];
    CHECK(first["a"] > 800);
    CHECK(first["a"] < 1300);
    CHECK(first["c"] > 5500);
    CHECK(first["c"] < 6500);
}

TEST_CASE("srv order: nothing is lost or made up") {
    CHECK(srv_order({}).empty());
    CHECK(srv_order(mixed).size() == 4);
    CHECK(srv_order(mixed).back().target == "z");
}
