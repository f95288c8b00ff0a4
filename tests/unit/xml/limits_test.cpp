// SPDX-License-Identifier: Apache-2.0
// The limits of stream_reader, exact to the byte, and that nothing grows with what a peer sends.
#include <malloc.h>
#include <catch2/catch.hpp>

#include "tests/unit/xml/transcript.hpp"

using namespace stox::xml;
using test::header;
using test::read;

namespace {

std::string repeat(const std::string& text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

std::string fault_of(const std::string& content, const limits& l = {}, std::size_t piece = 0) {
    return read(std::string(header) + content, piece, l).fault;
}

// Bytes of heap in use by this program.
[[maybe_unused]] std::size_t heap() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

}  // namespace

TEST_CASE("limits: a stanza of exactly the allowed bytes passes, one more does not, under any split") {
    limits l;
    l.stanza_bytes = 1000;
    const auto stanza = [](std::size_t size) {
        return "<message><body>" + std::string(size - 32, 'x') + "</body></message>";
    };
    REQUIRE(stanza(1000).size() == 1000);
    for (const std::size_t piece : {0U, 1U, 9U, 999U, 1000U, 1001U}) {
        CHECK(fault_of(stanza(1000) + stanza(1000) + " " + stanza(1000), l, piece).empty());
        CHECK(fault_of(stanza(1001), l, piece) == "policy-violation");
        CHECK(fault_of(stanza(500) + stanza(1001), l, piece) == "policy-violation");
    }
    CHECK(fault_of("<message a='" + std::string(1000, 'x'), l, 1) == "policy-violation");
}

TEST_CASE("limits: the stream header counts too") {
    limits l;
    l.stanza_bytes = header.size();
    CHECK(fault_of("", l).empty());
    l.stanza_bytes = header.size() - 1;
    for (const std::size_t piece : {0U, 1U, 50U}) CHECK(fault_of("", l, piece) == "policy-violation");
}

TEST_CASE("limits: depth, elements and attributes") {
    CHECK(fault_of(repeat("<a>", 64) + repeat("</a>", 64)).empty());
    CHECK(fault_of(repeat("<a>", 65)) == "policy-violation");
    CHECK(fault_of("<a>" + repeat("<b/>", 9999) + "</a>").empty());
    CHECK(fault_of("<a>" + repeat("<b/>", 10'000) + "</a>") == "policy-violation");
    const auto attributes = [](const std::string& prefix, std::size_t count) {
        std::string out = "<a";
        for (std::size_t i = 0; i < count; ++i) out += " " + prefix + std::to_string(i) + "='urn:x'";
        return out + "/>";
    };
    CHECK(fault_of(attributes("a", 256)).empty());
    CHECK(fault_of(attributes("a", 257)) == "policy-violation");
    CHECK(fault_of(attributes("xmlns:a", 256)).empty());
    CHECK(fault_of(attributes("xmlns:a", 257)) == "policy-violation");
    CHECK(fault_of("<a xmlns='" + std::string(513, 'u') + "'/>") == "policy-violation");
    CHECK(fault_of("<a>" + repeat(attributes("a", 250), 81) + "</a>") == "policy-violation");
}

TEST_CASE("limits: white space between stanzas") {
    limits l;
    l.stanza_bytes = 1000;
    CHECK(fault_of(repeat(" ", 1000) + "<a/>" + repeat("\n", 1000), l, 10).empty());
    for (const std::size_t piece : {0U, 1U, 10U})
        CHECK(fault_of(repeat(" ", 1001), l, piece) == "policy-violation");
}

TEST_CASE("limits: a billion laughs needs a DTD, and there is none") {
    std::string laughs = "<!DOCTYPE x [<!ENTITY a0 'ha'>";
    for (int i = 1; i < 30; ++i) {
        const auto last = "&a" + std::to_string(i - 1) + ";";
        laughs += "<!ENTITY a" + std::to_string(i) + " '" + last + last + "'>";
    }
    laughs += "]><x>&a29;</x>";
    CHECK(read(laughs).fault == "restricted-xml");
    CHECK(fault_of(laughs) == "restricted-xml");
    document d;
    CHECK(parse_document(laughs, d)->condition == "restricted-xml");
}

TEST_CASE("limits: larger stanzas are accepted once set_limits says so") {
    limits small;
    small.stanza_bytes = 400;
    std::size_t stanzas = 0;
    stream_reader::events e;
    e.stanza = [&](element) { ++stanzas; };
    stream_reader reader(small, e);
    REQUIRE_FALSE(reader.feed(header));
    reader.set_limits({});
    REQUIRE_FALSE(reader.feed("<a>" + std::string(100'000, 'x') + "</a>"));
    CHECK(stanzas == 1);
}

TEST_CASE("limits: a tag that drips in byte by byte ends; the same tag in segments passes") {
    const auto tag = "<a b='" + std::string(200'000, 'x') + "'/>";
    CHECK(fault_of(tag, {}, 1400).empty());
    CHECK(fault_of(tag, {}, 1).empty());
    const auto ends_everywhere = "<a b='" + std::string(200'000, '>') + "'/>";
    CHECK(fault_of(ends_everywhere, {}, 1400).empty());
    CHECK(fault_of(ends_everywhere, {}, 1) == "policy-violation");
}

#ifndef STOX_SANITIZED
TEST_CASE("limits: an idle stream costs little, also after big stanzas and many invented names") {
    stream_reader::events e;
    const auto before = heap();
    stream_reader reader({}, e);
    REQUIRE_FALSE(reader.feed(header));
    const auto idle = heap() - before;
    CAPTURE(idle);
    CHECK(idle < 12'000);
    REQUIRE_FALSE(
        reader.feed("<a b='" + std::string(200'000, 'x') + "'>" + std::string(50'000, 'y') + "</a>"));
    CHECK(heap() - before < idle + 4096);
    std::size_t most = 0;
    for (int i = 0; i < 200'000; ++i) {
        const auto name = "n" + std::to_string(i);
        REQUIRE_FALSE(reader.feed("<" + name + " a" + name + "='1'/>"));
        most = std::max(most, heap() - before);
    }
    CAPTURE(most);
    CHECK(most < 4'000'000);
}
#endif

TEST_CASE("limits: a new parser behind a big stanza keeps the stream's namespaces") {
    const std::string root =
        "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:server' xmlns:db='urn:d&amp;b'>";
    const auto big = "<a>" + std::string(70'000, 'x') + "</a>";
    const auto bytes = root + big + "<b/><db:c/>" + big + "<d/> <e/></s:stream>";
    const auto whole = read(bytes);
    CHECK(whole.fault.empty());
    CHECK(whole.closed);
    REQUIRE(whole.stanzas.size() == 6);
    CHECK(whole.stanzas[1] == "<b xmlns='jabber:server'/>");
    CHECK(whole.stanzas[2] == "<c xmlns='urn:d&amp;b'/>");
    CHECK(whole.stanzas[5] == "<e xmlns='jabber:server'/>");
    for (const std::size_t piece : {1U, 1000U, 4096U, 70'000U}) {
        CHECK(read(bytes, piece) == whole);
        CHECK(read(bytes, piece, {}, true) == whole);
    }
}
