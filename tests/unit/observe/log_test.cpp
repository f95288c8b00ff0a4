// SPDX-License-Identifier: Apache-2.0
#include "observe/log.hpp"

#include <catch2/catch.hpp>

using namespace stox;

TEST_CASE("log: the journal is where JOURNAL_STREAM says, by device and inode, and nowhere else") {
    CHECK(log::names_stream("9:1234567", 9, 1234567));
    CHECK_FALSE(log::names_stream("9:1234567", 9, 1));
    CHECK_FALSE(log::names_stream("9:1234567", 10, 1234567));
    CHECK_FALSE(log::names_stream("", 0, 0));
    CHECK_FALSE(log::names_stream("nonsense", 9, 1234567));
}
