// SPDX-License-Identifier: Apache-2.0
// Hostile messages: each file of tests/vectors/attacks/sip at parser and framer level.
#include <catch2/catch.hpp>

#include "sip/uri.hpp"
#include "tests/unit/sip/message/vectors.hpp"

using namespace stox;
using namespace stox::sip;

namespace {

std::string load(const std::string& name) {
    std::string bytes = vectors::read("attacks/sip/" + name);
    const std::size_t ours = bytes.find("@OURHOST@");
    if (ours != std::string::npos) bytes.replace(ours, 9, "sip.test");
    return bytes;
}

std::string stream_form(const std::string& bytes) {
    framer f;
    f.feed(bytes);
    std::string out;
    for (const framed& unit : vectors::drain(f)) out += (out.empty() ? "" : "+") + vectors::words(unit);
    return out + (f.buffered() == 0 ? "" : "+wait");
}

}  // namespace

TEST_CASE("attack files: parser and framer treat each as its row says") {
    const auto rows = vectors::table("attacks/sip/INDEX.tsv");
    REQUIRE(rows.size() == 67);
    for (const auto& row : rows) {
        INFO(row.at("file") << ": " << row.at("what"));
        const std::string bytes = load(row.at("file"));
        CHECK(vectors::verdict(bytes) == row.at("parser"));
        if (row.at("framer") != "pings") CHECK(stream_form(bytes) == row.at("framer"));
    }
}

TEST_CASE(
    "attack cl-folded: the folded length counts, and the second message is body (framer and parser alike)") {
    const std::string bytes = load("cl-folded.sip");
    const auto units = vectors::frame(bytes);
    REQUIRE(units.size() == 1);
    CHECK(units[0].bytes == bytes);
    CHECK(message::parse(bytes)->body().size() == 244);
}

TEST_CASE("attack crlf-flood: the buffer stays as small as one read, one ping per two CRLFs") {
    const std::string bytes = load("crlf-flood.bin");
    framer f;
    std::size_t pings = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 4096) {
        f.feed(bytes.substr(at, 4096));
        for (const framed& unit : vectors::drain(f)) pings += unit.what == framed::kind::ping ? 1 : 0;
        CHECK(f.buffered() == 0);
    }
    CHECK(pings == bytes.size() / 4);
}

TEST_CASE("attack injection-display: an escaped quote does not end the display name") {
    const auto from = name_addr::parse(*message::parse(load("injection-display.sip"))->header("From"));
    REQUIRE(from.has_value());
    CHECK(from->address.to_string() == "sip:a@peer.test");
    CHECK(from->display_name == "x\" <sip:evil@bank.test>;tag=9");
    CHECK(*from->parameter("tag") == "1");
    CHECK(equivalent(name_addr::parse(from->to_string())->address, from->address));
}

TEST_CASE("attack tag-long: a tag of 3000 bytes comes back whole") {
    const auto m = message::parse(load("tag-long.sip"));
    const message answer = message::response(*m, 404);
    CHECK(answer.header("From") == m->header("From"));
    CHECK(name_addr::parse(*answer.header("From"))->parameter("tag")->size() >= 3000);
}

TEST_CASE("attack headers-10k: refused without being held") {
    framer f;
    f.feed(load("headers-10k.sip"));
    const auto units = vectors::drain(f);
    REQUIRE(units.size() == 1);
    CHECK(units[0].fault.status == 513);
    CHECK(units[0].bytes.size() <= 32 * 1024);
    CHECK(refusal(units[0])->status() == 513);
    CHECK(f.buffered() == 0);
}
