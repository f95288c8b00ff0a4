// SPDX-License-Identifier: Apache-2.0
#include "xml/reader.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "tests/unit/xml/transcript.hpp"

using namespace stox::xml;
using test::header;
using test::read;

namespace {

const std::string two_stanzas =
    "<message to='v@sip.test' xml:lang='de'><body>a &amp; b&#13;\n<![CDATA[<c>]]></body>"
    "<x xmlns='urn:x' p:q='1' xmlns:p='urn:p'><y/><z xmlns=''/></x></message>"
    " \n<iq id='1'><p:query xmlns:p='urn:p' a='&gt;&#10;'/></iq>";

std::string stream_of(std::string_view content) { return std::string(header) + std::string(content); }

}  // namespace

TEST_CASE("reader: canonical tree of a stanza") {
    const auto seen = read(stream_of(two_stanzas));
    CHECK(seen.fault.empty());
    REQUIRE(seen.stanzas.size() == 2);
    CHECK(
        seen.stanzas[0] ==
        "<message xmlns='jabber:server' to='v@sip.test' xml:lang='de'><body>a &amp; b&#13;\n&lt;c&gt;</body>"
        "<x xmlns='urn:x'><y/><z xmlns=''/></x></message>");
    CHECK(seen.stanzas[1] == "<iq xmlns='jabber:server' id='1'><query xmlns='urn:p' a='&gt;&#10;'/></iq>");
}

TEST_CASE("reader: the stream's root, its namespaces and its end") {
    const auto seen = read(stream_of("</stream:stream>trailing garbage"));
    CHECK(seen.opened ==
          "<stream xmlns='jabber:server' from='peer.test' to='sip.test' version='1.0' "
          "xmlns:stream='http://etherx.jabber.org/streams'/>");
    CHECK(seen.closed);
    CHECK(seen.fault.empty());
    CHECK(read("<stream xmlns='http://etherx.jabber.org/streams'/>").closed);
}

TEST_CASE("reader: any split gives the same events, also with nothing behind the stanza") {
    const auto bytes = stream_of(two_stanzas);
    const auto whole = read(bytes);
    for (std::size_t piece = 1; piece < 40; ++piece) {
        CHECK(read(bytes, piece) == whole);
        CHECK(read(bytes, piece, {}, true) == whole);
    }
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        std::size_t stanzas = 0;
        stream_reader::events e;
        e.stanza = [&](element) { ++stanzas; };
        stream_reader reader({}, e);
        REQUIRE_FALSE(reader.feed(std::string_view(bytes).substr(0, cut)));
        REQUIRE_FALSE(reader.feed(std::string_view(bytes).substr(cut)));
        REQUIRE(stanzas == 2);
    }
}

TEST_CASE("reader: a stanza split in the middle of a UTF-8 sequence") {
    const auto bytes = stream_of("<message><body>\xE2\x82\xAC\xF0\x9F\x98\x80</body></message>");
    for (std::size_t piece = 1; piece < 5; ++piece) {
        const auto seen = read(bytes, piece);
        REQUIRE(seen.stanzas.size() == 1);
        CHECK(seen.stanzas[0].find("\xE2\x82\xAC\xF0\x9F\x98\x80") != std::string::npos);
    }
}

TEST_CASE("reader: stanzas in no namespace and in a declared prefix keep theirs") {
    const auto seen = read(
        "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'>"
        "<message/><db:result from='a'>k</db:result></s:stream>");
    CHECK(seen.opened ==
          "<stream xmlns:s='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'/>");
    REQUIRE(seen.stanzas.size() == 2);
    CHECK(seen.stanzas[0] == "<message/>");
    CHECK(seen.stanzas[1] == "<result xmlns='jabber:server:dialback' from='a'>k</result>");
    CHECK(seen.closed);
}

TEST_CASE("reader: faults have the condition of RFC 6120 section 4.9.3") {
    const auto condition = [](std::string_view content) { return read(stream_of(content)).fault; };
    CHECK(condition("text") == "bad-format");
    CHECK(condition("<message>text</message>&#x41;") == "bad-format");
    CHECK(condition("<message></iq>") == "not-well-formed");
    CHECK(condition("<p:message/>") == "not-well-formed");
    CHECK(condition("<message><?php x?></message>") == "restricted-xml");
    CHECK(condition("<!-- x -->") == "restricted-xml");
    CHECK(condition("<!ENTITY a 'b'>") == "restricted-xml");
    CHECK(condition("<message>&nbsp;</message>") == "restricted-xml");
    CHECK(condition("<message a='&nbsp;'/>") == "restricted-xml");
    CHECK(condition(header) == "not-well-formed");  // a second XML declaration
    CHECK(condition(header.substr(header.find("<stream"))) == "unsupported-stanza-type");
    CHECK(read("<!DOCTYPE stream [<!ENTITY a 'b'>]>").fault == "restricted-xml");
    CHECK(read("<?xml version='1.0' encoding='ISO-8859-1'?><a/>").fault == "unsupported-encoding");
    CHECK(read("<?xml version='1.0' encoding='utf-16'?><a/>").fault == "unsupported-encoding");
    CHECK(read("<?xml version='1.0' encoding='utf-8'?><a/>").fault == "invalid-namespace");
    CHECK(read("<stream xmlns='jabber:client'>").fault == "invalid-namespace");
    CHECK(read("<a xmlns='http://etherx.jabber.org/streams'>").fault == "bad-format");
    CHECK(read("GET / HTTP/1.1\r\n").fault == "not-well-formed");
    for (const auto utf16 :
         {std::string_view("\xFF\xFE<\0", 4), std::string_view("<\0a\0", 4), std::string_view("\0<\0a", 4)})
        for (std::size_t piece : {0U, 1U}) CHECK(read(utf16, piece).fault == "unsupported-encoding");
}

TEST_CASE("reader: nothing is reported after a fault") {
    std::size_t stanzas = 0;
    stream_reader::events e;
    e.stanza = [&](element) { ++stanzas; };
    stream_reader reader({}, e);
    const auto fault = reader.feed(stream_of("<message/>junk<message/>"));
    REQUIRE(fault);
    CHECK(stanzas == 1);
    const auto again = reader.feed("<message/>");
    REQUIRE(again);
    CHECK(again->condition == fault->condition);
    CHECK(stanzas == 1);
}

TEST_CASE("reader: stop() tells what lies behind the event (restart at STARTTLS)") {
    for (const std::string tail : {"", "\x16\x03\x01", "<iq/><iq/>"}) {
        std::size_t behind = 99;
        std::size_t stanzas = 0;
        stream_reader* self = nullptr;
        stream_reader::events e;
        e.stanza = [&](element) {
            ++stanzas;
            behind = self->stop();
        };
        stream_reader reader({}, e);
        self = &reader;
        CHECK_FALSE(reader.feed(stream_of("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>") + tail));
        CHECK(stanzas == 1);
        CHECK(behind == tail.size());
        CHECK_FALSE(reader.feed("<x"));
    }
}

TEST_CASE("reader: a paused reader keeps the tree and what came behind it") {
    std::vector<std::string> seen;
    element kept;
    stream_reader* self = nullptr;
    stream_reader::events e;
    e.stanza = [&](element s) {
        kept = s;
        self->pause();
    };
    stream_reader reader({}, e);
    self = &reader;
    REQUIRE_FALSE(reader.feed(stream_of("<a/><b/><c>")));
    REQUIRE(reader.paused());
    CHECK(std::string(kept.name()) == "a");
    REQUIRE_FALSE(reader.feed("</c><d/>"));
    CHECK(std::string(kept.name()) == "a");
    for (const std::string name : {"b", "c", "d"}) {
        REQUIRE_FALSE(reader.resume());
        REQUIRE(reader.paused());
        CHECK(kept.name() == name);
    }
    REQUIRE_FALSE(reader.resume());
    CHECK_FALSE(reader.paused());
}

TEST_CASE("reader: what a callback throws reaches the caller of feed") {
    stream_reader::events e;
    e.stanza = [](element) { throw std::runtime_error("from the callback"); };
    stream_reader reader({}, e);
    CHECK_THROWS_WITH(reader.feed(stream_of("<a/><b/>")), "from the callback");
    CHECK_FALSE(reader.feed("<c/>"));
}

TEST_CASE("parse_document: a small document under the same rules") {
    document d;
    CHECK_FALSE(
        parse_document("<?xml version='1.0'?>\n<p:presence xmlns:p='urn:ietf:params:xml:ns:pidf'/>\n", d));
    CHECK(is(d.first_child(), "urn:ietf:params:xml:ns:pidf", "presence"));
    const auto condition = [&](std::string_view bytes) {
        const auto fault = parse_document(bytes, d);
        CHECK((!fault || d.first_child().empty()));
        return fault ? fault->condition : std::string();
    };
    CHECK(condition("<a>") == "not-well-formed");
    CHECK(condition("") == "not-well-formed");
    CHECK(condition("<a/><b/>") == "not-well-formed");
    CHECK(condition("<!DOCTYPE a><a/>") == "restricted-xml");
    CHECK(condition("<a/><!-- b -->") == "restricted-xml");
    limits small;
    small.stanza_bytes = 10;
    CHECK(parse_document("<a>12345</a>", d, small)->condition == "policy-violation");
}
