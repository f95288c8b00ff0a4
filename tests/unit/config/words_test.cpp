// SPDX-License-Identifier: Apache-2.0
#include "config/words.hpp"

#include <catch2/catch.hpp>

using namespace stox::config;

TEST_CASE("config words: next hops survive a round trip") {
    const auto text = GENERATE("host.example", "host.example:5080", "192.0.2.1:5060;transport=udp",
                               "[2001:db8::1]", "[2001:db8::1]:5061;transport=tls", "h;transport=tcp");
    const auto hop = to_next_hop(text, true);
    INFO(text);
    REQUIRE(hop.has_value());
    CHECK(to_text(*hop) == text);
}

TEST_CASE("config words: a bare IPv6 literal is a host") {
    CHECK(to_next_hop("2001:db8::1", false) == next_hop{"2001:db8::1", 0, ""});
    CHECK_FALSE(to_next_hop("2001:db8::g", false).has_value());
}

TEST_CASE("config words: domains") {
    CHECK(to_domain("Example.com.") == "example.com");
    CHECK(to_domain("localhost") == "localhost");
    CHECK(to_domain("xn--mller-kva.example").has_value());
    for (const auto* bad : {"", ".", "-a.example", "a-.example", "a_b.example", "a..b", "192.0.2.1", "::1"})
        CHECK_FALSE(to_domain(bad).has_value());
}

TEST_CASE("config words: suggestions only when near") {
    const std::vector<std::string> words{"guest_calls", "listen", "level"};
    CHECK(nearest("guest_call", words) == "guest_calls");
    CHECK(nearest("lisen", words) == "listen");
    CHECK(nearest("something", words).empty());
    CHECK(nearest(std::string(5000, 'a'), words).empty());
}
