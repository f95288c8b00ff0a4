// SPDX-License-Identifier: Apache-2.0
// Every file of tests/vectors/attacks/xmpp, fed behind a good stream header, gets what its INDEX.tsv says:
// under any split, at once and without a byte more.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "tests/unit/xml/transcript.hpp"

using namespace stox;
using namespace stox::xml;
using test::header;
using test::read;

namespace {

const std::string folder = STOX_VECTORS "/attacks/xmpp/";

std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE(in.is_open());
    return {std::istreambuf_iterator<char>(in), {}};
}

struct row {
    std::string file, expected;
    std::size_t stanzas;
};

std::vector<row> index() {
    std::vector<row> rows;
    const auto text = contents(folder + "INDEX.tsv");
    for (const auto line : split(text, '\n')) {
        const auto cells = split(line, '\t');
        if (cells.size() < 5 || cells[0] == "file") continue;
        rows.push_back(
            {std::string(cells[0]), std::string(cells[1]), parse_decimal<std::size_t>(cells[2], 9).value()});
    }
    return rows;
}

bool is_expected(const row& r, const std::string& fault) {
    if (r.expected == "accepted" || r.expected == "waits") return fault.empty();
    for (const auto condition : split(r.expected, '|'))
        if (condition == fault) return true;
    return false;
}

}  // namespace

TEST_CASE("attacks: each file gets the reaction of its index row") {
    const auto rows = index();
    REQUIRE(rows.size() == 65);
    for (const auto& r : rows) {
        INFO(r.file);
        const auto bytes = std::string(header) + contents(folder + r.file);
        const auto whole = read(bytes);
        CHECK(is_expected(r, whole.fault));
        CHECK(whole.stanzas.size() == r.stanzas);
        for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 1400U}) {
            if (bytes.size() > 100'000 && piece < 64) continue;
            CHECK(read(bytes, piece) == whole);
        }
    }
}

TEST_CASE("attacks: every file of the folder has its row") {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files += entry.path().extension() == ".xml" ? 1U : 0U;
    CHECK(files == index().size());
}

TEST_CASE("attacks: an accepted stanza reads the same after it was written again") {
    for (const auto& r : index()) {
        const auto whole = read(std::string(header) + contents(folder + r.file));
        for (const auto& stanza : whole.stanzas) {
            document d;
            REQUIRE_FALSE(parse_document(stanza, d));
            CHECK(to_bytes(d.first_child()) == stanza);
        }
    }
}

TEST_CASE("attacks: a CDATA section that never ends ends at the stanza limit") {
    auto bytes = std::string(header) + contents(folder + "cdata-unterminated.xml");
    for (int i = 0; i < 10'000; ++i) bytes += "</body></message><message><body>";
    const auto seen = read(bytes, 1400);
    CHECK(seen.fault == "policy-violation");
    CHECK(seen.stanzas.empty());
}
