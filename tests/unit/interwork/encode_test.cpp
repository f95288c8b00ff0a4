// SPDX-License-Identifier: Apache-2.0
#include "interwork/common/encode.hpp"

#include <catch2/catch.hpp>

using namespace stox::interwork;

TEST_CASE("encode: the first characters, whole ones, with a sign when more follow") {
    CHECK(first_characters("", 3).empty());
    CHECK(first_characters("abc", 3) == "abc");
    CHECK(first_characters("abcd", 3) == "abc\xE2\x80\xA6");
    CHECK(first_characters("\xC3\xA4\xF0\x9F\x98\x80z", 2) == "\xC3\xA4\xF0\x9F\x98\x80\xE2\x80\xA6");
    CHECK(first_characters("\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 2) == "\xF0\x9F\x98\x80\xF0\x9F\x98\x80");
    CHECK(first_characters("a\r\nb", 40) == "a  b");
}
