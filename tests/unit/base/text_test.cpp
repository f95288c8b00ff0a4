// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <catch2/catch.hpp>
#include <map>

using namespace stox;

TEST_CASE("text: case is ASCII only") {
    CHECK(to_lower("AbC-Z\xc3\x84") == "abc-z\xc3\x84");
    CHECK(iequals("Via", "vIA"));
    CHECK_FALSE(iequals("Via", "Vias"));
    CHECK_FALSE(iequals("@", "`"));
    CHECK_FALSE(iequals("[", "{"));
    CHECK(istarts_with("SIP/2.0", "sip/"));
    CHECK_FALSE(istarts_with("SI", "sip"));
    CHECK(istarts_with("x", ""));
}

TEST_CASE("text: trim takes spaces and tabs, no line ends") {
    CHECK(trim(" \t a b \t") == "a b");
    CHECK(trim(" \t").empty());
    CHECK(trim("a\r\n") == "a\r\n");
}

TEST_CASE("text: split keeps empty parts") {
    using parts = std::vector<std::string_view>;
    CHECK(split("a,b,,c", ',') == parts{"a", "b", "", "c"});
    CHECK(split("", ',') == parts{""});
    CHECK(split(",", ',') == parts{"", ""});
}

TEST_CASE("text: numbers are digits only and within their bound") {
    CHECK(parse_decimal<std::uint16_t>("65535", 65535) == 65535);
    CHECK(parse_decimal<int>("007", 100) == 7);
    CHECK(parse_decimal<std::uint64_t>("18446744073709551615", UINT64_MAX) == UINT64_MAX);
    for (const auto* bad : {"", "65536", "-1", "+1", " 1", "1 ", "0x1", "1a", "18446744073709551616",
                            "99999999999999999999999"})
        CHECK_FALSE(parse_decimal<std::uint16_t>(bad, 65535).has_value());
}

TEST_CASE("text: maps ordered without case") {
    std::map<std::string, int, iless> m{{"Via", 1}};
    CHECK(m.count("vIa") == 1);
    CHECK(m.count("vi") == 0);
    CHECK(m.count("viaa") == 0);
    CHECK_FALSE(iless{}("a", "A"));
    CHECK(iless{}("A", "b"));
}
