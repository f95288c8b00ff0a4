// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace std::string_literals;

TEST_CASE("utf8: the first and last code points of each length are valid (RFC 3629 section 3)") {
    for (const auto& good : {""s, "\0"s, "\x7f"s, "\xc2\x80"s, "\xdf\xbf"s, "\xe0\xa0\x80"s, "\xed\x9f\xbf"s,
                             "\xee\x80\x80"s, "\xef\xbf\xbf"s, "\xf0\x90\x80\x80"s, "\xf4\x8f\xbf\xbf"s})
        CHECK(is_utf8(good));
}

TEST_CASE(
    "utf8: overlong forms, surrogates, too large and broken sequences are not valid (RFC 3629 section 4)") {
    for (const auto* bad :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
          "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
          "\xff", "\xfe", "\xc2", "\xe2\x82", "\xf0\x9f\x98", "\xc2\x41",
          "a\xe2\x82"
          "b"}) {
        INFO(bad);
        CHECK_FALSE(is_utf8(bad));
    }
}

TEST_CASE("utf8: text for XML replaces what is not UTF-8 or not XML") {
    const std::string r = "\xEF\xBF\xBD";
    CHECK(to_xml_text("a\tb\r\nc") == "a\tb\r\nc");
    CHECK(to_xml_text("a\0b"s) == "a" + r + "b");
    CHECK(to_xml_text("\x1b[0m") == r + "[0m");
    CHECK(to_xml_text("\xff\xfe") == r + r);
    CHECK(to_xml_text("\xef\xbf\xbe\xef\xbf\xbf") == r + r);
    CHECK(to_xml_text("\xed\xa0\x80") == r + r + r);
    CHECK(to_xml_text("\xf0\x9f\x98\x80") == "\xf0\x9f\x98\x80");
    CHECK(to_xml_text("\xe2\x82") == r + r);
}

TEST_CASE("utf8: text for XML is valid and stable for every pair of bytes") {
    for (unsigned a = 0; a < 256; ++a)
        for (unsigned b = 0; b < 256; ++b) {
            const std::string in{static_cast<char>(a), static_cast<char>(b)};
            const auto out = to_xml_text(in);
            if (!is_utf8(out) || to_xml_text(out) != out) FAIL("bytes " << a << ' ' << b);
        }
}

TEST_CASE("utf8: a prefix never cuts a character") {
    const std::string text = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";  // 1, 2, 3, 4 bytes
    const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (std::size_t max = 0; max <= 11; ++max) CHECK(utf8_prefix(text, max).size() == expected[max]);
}

TEST_CASE("utf8: ISO-8859-1 becomes UTF-8") {
    CHECK(latin1_to_utf8("gr\xfc\xdf \x80\xff") == "gr\xc3\xbc\xc3\x9f \xc2\x80\xc3\xbf");
    CHECK(latin1_to_utf8("").empty());
}
