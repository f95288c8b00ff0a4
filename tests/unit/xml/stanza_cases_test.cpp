// SPDX-License-Identifier: Apache-2.0
// Real stanzas of many XEPs (tests/vectors/xmpp): read inside a stream under any split, and unchanged when
// they are written and read again.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/unit/xml/transcript.hpp"

using namespace stox::xml;
using test::header;
using test::read;

TEST_CASE("stanza cases: each is read, written and read again as the same stanza") {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(STOX_VECTORS "/xmpp")) {
        if (entry.path().extension() != ".xml") continue;
        INFO(entry.path());
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(in), {}};
        const auto bytes = std::string(header) + content;
        const auto whole = read(bytes);
        REQUIRE(whole.fault.empty());
        REQUIRE(whole.stanzas.size() == 1);
        CHECK(read(bytes, 1) == whole);
        CHECK(read(bytes, 5, {}, true) == whole);
        CHECK(read(std::string(header) + whole.stanzas[0]).stanzas == whole.stanzas);
        ++files;
    }
    CHECK(files >= 20);
}
