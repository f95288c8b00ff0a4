// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stanza_error.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/xmpp/memory_link.hpp"

using namespace stox::xmpp;
using test::arrived;

TEST_CASE("stanza error: default types (RFC 6120 section 8.3.3)") {
    CHECK(stanza_error::of("bad-request").type == "modify");
    CHECK(stanza_error::of("forbidden").type == "auth");
    CHECK(stanza_error::of("item-not-found").type == "cancel");
    CHECK(stanza_error::of("remote-server-timeout").type == "wait");
    CHECK(stanza_error::of("no-such-condition").condition == "undefined-condition");
}

TEST_CASE("stanza error: read from a stanza of any content namespace") {
    const arrived bounce(
        "<message type='error' from='a@b' to='c@d'><body>x</body><error type='wait' by='b'>"
        "<app xmlns='urn:app'/><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>xmpp:e@f</gone>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>moved</text></error></message>");
    const auto e = read_error(bounce.stanza.tree);
    CHECK(e.condition == "gone");
    CHECK(e.type == "wait");
    CHECK(e.by == "b");
    CHECK(e.uri == "xmpp:e@f");
    CHECK(e.text == "moved");
}

TEST_CASE("stanza error: what cannot be read is undefined-condition") {
    for (const std::string inside :
         {"", "<error/>", "<error type='nonsense'><item-not-found xmlns='urn:other'/></error>",
          "<error xmlns='urn:other' type='wait'/>"}) {
        const arrived bounce("<iq type='error'>" + inside + "</iq>");
        CHECK(read_error(bounce.stanza.tree).condition == "undefined-condition");
        CHECK(read_error(bounce.stanza.tree).type == "cancel");
    }
}

TEST_CASE("stanza error: the reply keeps kind and id, swaps the addresses and leaves the payload out") {
    const arrived message(
        "<message from='a@b/c' to='d@e' id='i&apos;1' type='chat'><body>secret</body></message>");
    const auto reply = error_reply(message.stanza.tree, stanza_error::of("item-not-found", "who <is> this?"));
    REQUIRE(reply);
    CHECK(*reply ==
          "<message from='d@e' to='a@b/c' id='i&apos;1' type='error'><error type='cancel'>"
          "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
          "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>who &lt;is&gt; this?</text>"
          "</error></message>");
    const arrived back(*reply);
    const auto read = read_error(back.stanza.tree);
    CHECK(read.condition == "item-not-found");
    CHECK(read.text == "who <is> this?");
}

TEST_CASE("stanza error: gone and redirect carry their address, long texts are cut") {
    const arrived iq("<iq from='a@b' to='c' id='1' type='get'/>");
    auto e = stanza_error::of("gone", std::string(5000, 'x'));
    e.uri = "xmpp:n@o";
    e.by = "c";
    const arrived reply(error_reply(iq.stanza.tree, e).value());
    const auto read = read_error(reply.stanza.tree);
    CHECK(read.uri == "xmpp:n@o");
    CHECK(read.by == "c");
    CHECK(read.text.size() == 1024);
    e.condition = "made-up";
    const arrived other(error_reply(iq.stanza.tree, e).value());
    CHECK(read_error(other.stanza.tree).condition == "undefined-condition");
}

TEST_CASE("stanza error: errors and results are never answered") {
    const auto e = stanza_error::of("bad-request");
    for (const std::string text : {"<message type='error'/>", "<presence type='error'/>",
                                   "<iq type='error'/>", "<iq type='result'/>"}) {
        const arrived stanza(text);
        CHECK_FALSE(error_reply(stanza.stanza.tree, e));
    }
}
