// SPDX-License-Identifier: Apache-2.0
#include "dns/cache.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::dns;

namespace {

const steady_time start{std::chrono::hours(1000)};
const question asked{"example.com", rr_type::srv};

reply found(seconds ttl, std::size_t records = 1) {
    reply r;
    r.state = status::found;
    r.ttl = ttl;
    for (std::size_t i = 0; i < records; ++i) r.records.emplace_back(srv_record{1, 2, 3, "target.example"});
    return r;
}
reply negative(status s, seconds ttl) {
    reply r;
    r.state = s;
    r.ttl = ttl;
    return r;
}

}  // namespace

TEST_CASE("dns cache: fresh for the TTL, then stale for a day, then gone") {
    cache c(10, 100'000);
    c.store(asked, found(seconds(60)), start);
    CHECK(c.find(asked, start + seconds(59)).fresh);
    const auto stale = c.find(asked, start + seconds(60));
    CHECK_FALSE(stale.fresh);
    REQUIRE(stale.value != nullptr);
    CHECK(stale.value->records.size() == 1);
    CHECK(c.find(asked, start + seconds(59) + std::chrono::hours(24)).value != nullptr);
    CHECK(c.find(asked, start + seconds(60) + std::chrono::hours(24)).value == nullptr);
    CHECK(c.size() == 0);
    CHECK(c.bytes() == 0);
}

TEST_CASE("dns cache: TTL is held between one second and one day") {
    cache c(10, 100'000);
    c.store(asked, found(seconds(0)), start);
    CHECK(c.find(asked, start + milliseconds(999)).fresh);
    CHECK_FALSE(c.find(asked, start + seconds(1)).fresh);
    c.store(asked, found(std::chrono::hours(1000)), start);
    CHECK_FALSE(c.find(asked, start + std::chrono::hours(24)).fresh);
}

TEST_CASE("dns cache: negative answers live 5 to 300 seconds, then are stale for a day") {
    cache c(10, 100'000);
    c.store(asked, negative(status::no_name, seconds(0)), start);
    CHECK(c.find(asked, start + seconds(4)).fresh);
    CHECK_FALSE(c.find(asked, start + seconds(5)).fresh);
    REQUIRE(c.find(asked, start + seconds(5)).value != nullptr);
    CHECK(c.find(asked, start + seconds(5)).value->state == status::no_name);
    c.store(asked, negative(status::no_data, seconds(86400)), start);
    CHECK(c.find(asked, start + seconds(299)).fresh);
    CHECK_FALSE(c.find(asked, start + seconds(300)).fresh);
    CHECK(c.find(asked, start + seconds(300) + std::chrono::hours(24)).value == nullptr);
}

TEST_CASE("dns cache: expire leaves everything stale and asks again at once") {
    cache c(10, 100'000);
    c.store(asked, found(seconds(60)), start);
    c.failed(asked, start);
    c.expire();
    const auto hit = c.find(asked, start);
    CHECK_FALSE(hit.fresh);
    CHECK_FALSE(hit.resting);
    CHECK(hit.value != nullptr);
}

TEST_CASE("dns cache: after a failure the question rests two seconds, a stale answer stays usable") {
    cache c(10, 100'000);
    c.failed(asked, start);
    CHECK(c.find(asked, start + milliseconds(1999)).resting);
    CHECK(c.find(asked, start).value == nullptr);
    CHECK_FALSE(c.find(asked, start + seconds(2)).resting);

    c.store(asked, found(seconds(10)), start);
    c.failed(asked, start + seconds(20));
    const auto hit = c.find(asked, start + seconds(21));
    CHECK(hit.resting);
    CHECK(hit.value != nullptr);
    CHECK_FALSE(c.find(asked, start + seconds(22)).resting);
}

TEST_CASE("dns cache: bounded in entries, the longest unused goes first") {
    cache c(3, 100'000);
    for (const auto* name : {"a", "b", "c"}) c.store({name, rr_type::a}, found(seconds(60)), start);
    CHECK(c.find({"a", rr_type::a}, start).fresh);
    c.store({"d", rr_type::a}, found(seconds(60)), start);
    CHECK(c.size() == 3);
    CHECK(c.find({"b", rr_type::a}, start).value == nullptr);
    CHECK(c.find({"a", rr_type::a}, start).fresh);
}

TEST_CASE("dns cache: bounded in bytes") {
    cache c(10'000, 20'000);
    for (int i = 0; i < 1000; ++i)
        c.store({"n" + std::to_string(i), rr_type::srv}, found(seconds(60), 10), start);
    CHECK(c.bytes() <= 20'000);
    CHECK(c.size() > 1);
}
