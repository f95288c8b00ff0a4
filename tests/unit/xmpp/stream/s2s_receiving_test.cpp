// SPDX-License-Identifier: Apache-2.0
// The receiving side of a server stream, the peer played by the test.
#include <algorithm>
#include <catch2/catch.hpp>

#include "base/encoding.hpp"
#include "tests/unit/xmpp/stream/s2s_script.hpp"
#include "xmpp/stream/dialback_key.hpp"

using namespace stox;
using namespace stox::xmpp::stream;
using namespace stox::xmpp::stream::test;
using kind = s2s_action::kind;

namespace {

const std::string hello = header("from='peer.test' to='sip.test'");
const std::string starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const std::string sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";

// A stream with TLS and the second header, `domain` proven by the certificate ("" = self-signed).
std::unique_ptr<scripted> over_tls(const std::string& domain) {
    auto s = std::make_unique<scripted>(receiving_settings());
    s->feed(hello);
    s->feed(starttls);
    s->secured(certificate_for(domain));
    return s;
}

std::unique_ptr<scripted> by_external() {
    auto s = over_tls("peer.test");
    s->feed(hello);
    s->feed("<auth " + sasl + " mechanism='EXTERNAL'>=</auth>");
    s->feed(hello);
    s->answer();
    return s;
}

std::unique_ptr<scripted> by_dialback() {
    auto s = over_tls("");
    const auto id = value_in(s->feed(hello), "id");
    s->feed("<db:result from='peer.test' to='sip.test'>key</db:result>");
    s->fsm.key_verified({"sip.test", "peer.test"}, id, verdict::valid);
    s->answer();
    return s;
}

}  // namespace

TEST_CASE("s2s receiving: STARTTLS is required and nothing else is offered before it (RFC 6120 5.3.1)") {
    scripted s(receiving_settings());
    const auto answer = s.feed(hello);
    CHECK(has(answer, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"));
    CHECK_FALSE(has(answer, "mechanisms"));
    CHECK_FALSE(has(answer, "dialback'><errors"));
    CHECK(has(s.feed(starttls), "<proceed"));
    CHECK(s.saw(kind::start_tls));
}

TEST_CASE("s2s receiving: EXTERNAL is offered for a certificate that proves the domain, and only then") {
    CHECK(has(over_tls("peer.test")->feed(hello), "<mechanism>EXTERNAL</mechanism>"));
    CHECK_FALSE(has(over_tls("other.test")->feed(hello), "EXTERNAL"));
    CHECK_FALSE(has(over_tls("")->feed(hello), "EXTERNAL"));
}

TEST_CASE("s2s receiving: SASL EXTERNAL authenticates the pair, then stanzas pass (XEP-0178 3)") {
    const auto s = by_external();
    REQUIRE(s->saw(kind::in_opened));
    CHECK(s->last(kind::in_opened).pair == domain_pair{"sip.test", "peer.test"});
    CHECK(s->last(kind::in_opened).text == "external");
    s->feed("<message from='a@peer.test/r' to='b@sip.test'><body>x</body></message>");
    REQUIRE(s->saw(kind::deliver));
    CHECK(s->last(kind::deliver).from.to_string() == "a@peer.test/r");
    CHECK(s->last(kind::deliver).to.to_string() == "b@sip.test");
}

TEST_CASE("s2s receiving: the authorization identity is the domain in base64, or empty after a challenge") {
    auto s = over_tls("peer.test");
    s->feed(hello);
    const std::string auth = "<auth " + sasl + " mechanism='EXTERNAL'>";
    CHECK(has(s->feed(auth + to_base64("peer.test") + "</auth>"), "<success"));
    auto t = over_tls("peer.test");
    t->feed(hello);
    CHECK(has(t->feed("<auth " + sasl + " mechanism='EXTERNAL'/>"), "<challenge"));
    CHECK(has(t->feed("<response " + sasl + ">=</response>"), "<success"));
}

TEST_CASE("s2s receiving: SASL failures name their reason; the third ends the stream (RFC 6120 6.5)") {
    auto s = over_tls("peer.test");
    s->feed(hello);
    const std::string auth = "<auth " + sasl + " mechanism='EXTERNAL'>";
    CHECK(has(s->feed(auth + to_base64("bank.test") + "</auth>"), "<invalid-authzid/>"));
    CHECK(has(s->feed(auth + "%%%</auth>"), "<incorrect-encoding/>"));
    CHECK_FALSE(s->ended());
    const auto third = s->feed("<auth " + sasl + " mechanism='PLAIN'>AA==</auth>");
    CHECK(has(third, "<invalid-mechanism/>"));
    CHECK(has(third, "policy-violation"));
    CHECK(s->ended());
    CHECK_FALSE(s->saw(kind::in_opened));
}

TEST_CASE("s2s receiving: a certificate that does not prove the domain is not-authorized") {
    auto s = over_tls("");
    s->feed(hello);
    CHECK(has(s->feed("<auth " + sasl + " mechanism='EXTERNAL'>=</auth>"), "<not-authorized/>"));
    CHECK_FALSE(s->saw(kind::in_opened));
}

TEST_CASE("s2s receiving: after EXTERNAL the header may not name another domain") {
    auto s = over_tls("peer.test");
    s->feed(hello);
    s->feed("<auth " + sasl + " mechanism='EXTERNAL'>=</auth>");
    CHECK(has(s->feed(header("from='bank.test' to='sip.test'")), "invalid-from"));
    CHECK(s->ended());
}

TEST_CASE("s2s receiving: dialback asks the authoritative server about the stream's id (XEP-0220 2.2)") {
    auto s = over_tls("");
    const auto id = value_in(s->feed(hello), "id");
    s->feed("<db:result from='peer.test' to='sip.test'>key</db:result>");
    REQUIRE(s->saw(kind::verify_key));
    CHECK(s->last(kind::verify_key).id == id);
    CHECK(s->last(kind::verify_key).text == "key");
    const domain_pair pair{"sip.test", "peer.test"};
    SECTION("valid") {
        s->fsm.key_verified(pair, id, verdict::valid);
        CHECK(has(s->answer(), "<db:result from='sip.test' to='peer.test' type='valid'/>"));
        s->feed("<iq from='peer.test' to='sip.test' type='get' id='1'/>");
        CHECK(s->saw(kind::deliver));
    }
    SECTION("invalid ends a stream that has no other pair") {
        s->fsm.key_verified(pair, id, verdict::invalid);
        CHECK(has(s->answer(), "type='invalid'"));
        CHECK(s->ended());
    }
    SECTION("the authoritative server cannot be reached: the stream stays (XEP-0220 2.4)") {
        s->fsm.key_verified(pair, id, verdict::failed);
        const auto answer = s->answer();
        CHECK(has(answer, "type='error'"));
        CHECK(has(answer, "remote-connection-failed"));
        CHECK_FALSE(s->ended());
    }
    SECTION("it does not know the domain, or closed the stream (XEP-0220 2.5)") {
        s->fsm.key_verified(pair, id, verdict::unknown);
        CHECK(has(s->answer(), "remote-server-not-found"));
        s->feed("<db:result from='peer.test' to='sip.test'>key</db:result>");
        s->fsm.key_verified(pair, id, verdict::lost);
        CHECK(has(s->answer(), "remote-server-timeout"));
        CHECK_FALSE(s->ended());
    }
    SECTION("an answer about another key changes nothing") {
        s->fsm.key_verified(pair, "other", verdict::valid);
        s->fsm.key_verified({"sip.test", "bank.test"}, id, verdict::valid);
        CHECK(s->answer().empty());
        CHECK_FALSE(s->saw(kind::in_opened));
    }
}

TEST_CASE("s2s receiving: several domain pairs on one stream, each with its own proof (XEP-0220 2.6)") {
    auto s = by_dialback();
    const auto id = s->last(kind::verify_key).id;
    s->feed(
        "<db:result from='muc.peer.test' to='sip.test'>k2</db:result>"
        "<db:result from='peer.test' to='conference.sip.test'>k3</db:result>"
        "<db:result from='peer.test' to='nobody.test'>k4</db:result>");
    CHECK(has(s->answer(), ""));
    s->fsm.key_verified({"conference.sip.test", "peer.test"}, id, verdict::valid);
    CHECK(has(s->answer(), "<db:result from='conference.sip.test' to='peer.test' type='valid'/>"));
    s->feed("<presence from='a@peer.test' to='room@conference.sip.test/n'/>");
    CHECK(s->saw(kind::deliver));
    s->fsm.key_verified({"sip.test", "muc.peer.test"}, id, verdict::invalid);
    CHECK_FALSE(s->ended());
    CHECK(has(s->answer(), "type='invalid'"));
    CHECK(has(s->feed("<presence from='muc.peer.test/x' to='sip.test'/>"), "invalid-from"));
}

TEST_CASE("s2s receiving: a domain that is not ours gets a dialback error, not the end of the stream") {
    auto s = by_dialback();
    const auto answer = s->feed("<db:result from='peer.test' to='nobody.test'>k</db:result>");
    CHECK(has(answer, "type='error'"));
    CHECK(has(answer, "item-not-found"));
    CHECK_FALSE(s->ended());
}

TEST_CASE("s2s receiving: a certificate makes dialing back unnecessary (XEP-0220 2.5)") {
    auto s = over_tls("peer.test");
    s->feed(hello);
    CHECK(has(s->feed("<db:result from='peer.test' to='sip.test'>any</db:result>"), "type='valid'"));
    CHECK_FALSE(s->saw(kind::verify_key));
    CHECK(s->last(kind::in_opened).text == "external");
}

TEST_CASE("s2s receiving: before any proof only a few keys are looked up") {
    auto s = over_tls("");
    s->feed(hello);
    std::string all;
    for (int i = 0; i < 20; ++i)
        all += s->feed("<db:result from='d" + std::to_string(i) + ".test' to='sip.test'>k</db:result>");
    const auto asked = std::count_if(s->seen.begin(), s->seen.end(),
                                     [](const auto& a) { return a.what == kind::verify_key; });
    CHECK(asked == 8);
    CHECK(has(all, "resource-constraint"));
}

TEST_CASE("s2s receiving: as authoritative server it knows its own keys (XEP-0220 2.3)") {
    auto s = over_tls("");
    s->feed(hello);
    const auto key = dialback_key("secret", "peer.test", "sip.test", "their-id");
    const std::string ask = "<db:verify from='peer.test' to='sip.test' id='their-id'>";
    CHECK(has(s->feed(ask + key + "</db:verify>"),
              "<db:verify from='sip.test' to='peer.test' id='their-id' type='valid'/>"));
    CHECK(has(s->feed(ask + "guess</db:verify>"), "type='invalid'"));
    CHECK(
        has(s->feed("<db:verify from='peer.test' to='sip.test'>" + key + "</db:verify>"), "type='invalid'"));
    CHECK(s->feed("<db:verify from='peer.test' to='nobody.test' id='1'>key</db:verify>") ==
          "<db:verify from='nobody.test' to='peer.test' id='1' type='error'><error type='cancel'>"
          "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:verify>");
    CHECK_FALSE(s->ended());
}

TEST_CASE("s2s receiving: answers nobody asked for end the stream (CVE-2012-3525)") {
    for (const std::string answer : {"<db:result from='bank.test' to='sip.test' type='valid'/>",
                                     "<db:verify from='bank.test' to='sip.test' id='1' type='valid'/>"}) {
        auto s = by_dialback();
        CHECK(has(s->feed(answer), "not-authorized"));
        CHECK(s->ended());
    }
}

TEST_CASE("s2s receiving: bidi lets stanzas go back on the inverse of each pair (XEP-0288 2.2)") {
    auto s = over_tls("peer.test");
    CHECK(has(s->feed(hello), "<bidi xmlns='urn:xmpp:features:bidi'/>"));
    s->feed("<bidi xmlns='urn:xmpp:bidi'/><auth " + sasl + " mechanism='EXTERNAL'>=</auth>");
    s->feed(hello);
    REQUIRE(s->saw(kind::out_opened));
    CHECK(s->last(kind::out_opened).pair == domain_pair{"sip.test", "peer.test"});
    auto late = by_external();
    CHECK(has(late->feed("<bidi xmlns='urn:xmpp:bidi'/>"), "policy-violation"));
}

TEST_CASE("s2s receiving: the limits of a bidirectional peer stand inside <bidi/> (XEP-0478 3.2)") {
    const std::string limits =
        "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>20000</max-bytes></limits>";
    auto s = over_tls("");
    s->feed(hello + "<bidi xmlns='urn:xmpp:bidi'>" + limits + "</bidi>");
    CHECK(s->fsm.peer_limits().max_bytes == 20'000);
    CHECK(has(by_external()->feed(limits), "unsupported-stanza-type"));
}

TEST_CASE("s2s receiving: a stanza to a domain that was not asked for is host-unknown (RFC 6120 8.1.1.2)") {
    auto s = by_external();
    CHECK(has(s->feed("<message from='a@peer.test' to='b@foreign.test'/>"), "<host-unknown"));
    CHECK(s->ended());
    CHECK_FALSE(s->saw(kind::deliver));
}

TEST_CASE(
    "s2s receiving: a malformed address costs its sender the stanza, not the stream (RFC 6120 8.3.3.8)") {
    const std::string unassigned = "\xF3\xA0\xBF\xBF";  // U+E0FFF
    const std::vector<std::string> all = {
        "from='a@peer.test/" + unassigned + "' to='b@sip.test'",
        "from='a@peer.test' to='b:c@sip.test/x'",
        "from='a@peer.test' to='ch@r@cters@sip.test/x'",
        "from='a@peer.test/' to='@sip.test'",
    };
    for (const auto& addresses : all) {
        INFO(addresses);
        auto s = by_external();
        CHECK(s->feed("<message " + addresses + "/>").empty());
        REQUIRE(s->saw(kind::deliver));
        CHECK(s->last(kind::deliver).from.domain() == "peer.test");
        CHECK(s->last(kind::deliver).to.domain() == "sip.test");
        CHECK_FALSE(s->ended());
    }
    CHECK(has(by_external()->feed("<message from='@bank.test/' to='b@sip.test'/>"), "invalid-from"));
    CHECK(has(by_external()->feed("<message from='a@peer.test' to='@bank.test/'/>"), "host-unknown"));
    CHECK(has(by_external()->feed("<message from='a@pe er.test' to='b@sip.test'/>"), "improper-addressing"));
    CHECK(has(by_external()->feed("<message from='a@peer.test' to=''/>"), "improper-addressing"));
}

TEST_CASE("s2s receiving: an xmppAddr with U-labels proves its domain (RFC 6120 13.7.1.4)") {
    auto settings = receiving_settings();
    settings.proves = [](const net::tls_peer& peer, const std::string& domain) {
        return net::covers(peer.names, xmpp::domain_to_ascii(domain).value(), "xmpp-server");
    };
    scripted s(settings);
    s.feed(
        header("from='b\xC3\xBC"
               "cher.test' to='sip.test'"));
    s.feed(starttls);
    net::tls_peer peer;
    peer.names.xmpp_addr = {
        "b\xC3\xBC"
        "cher.test"};
    s.secured(peer);
    CHECK(has(s.feed(header("from='b\xC3\xBC"
                            "cher.test' to='sip.test'")),
              "EXTERNAL"));
}

TEST_CASE("s2s receiving: stream management counts what was delivered (XEP-0198 4)") {
    auto s = by_external();
    CHECK(has(s->feed("<enable xmlns='urn:xmpp:sm:3'/>"), "<enabled"));
    CHECK(s->saw(kind::managed));
    s->feed("<presence from='a@peer.test' to='b@sip.test'/><presence from='a@peer.test' to='b@sip.test'/>");
    CHECK(s->feed("<r xmlns='urn:xmpp:sm:3'/>") == "<a xmlns='urn:xmpp:sm:3' h='2'/>");
    CHECK(has(s->feed("<enable xmlns='urn:xmpp:sm:3'/>"), "<failed"));
    CHECK(s->feed("</stream:stream>") == "<a xmlns='urn:xmpp:sm:3' h='2'/></stream:stream>");
}

TEST_CASE("s2s receiving: stream management before authentication is refused") {
    auto s = over_tls("");
    s->feed(hello);
    CHECK(has(s->feed("<enable xmlns='urn:xmpp:sm:3'/>"), "<unexpected-request"));
    CHECK_FALSE(s->ended());
}

TEST_CASE("s2s receiving: limits are announced (XEP-0478 3.1)") {
    CHECK(has(over_tls("")->feed(hello),
              "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>262144</max-bytes>"
              "<idle-seconds>600</idle-seconds></limits>"));
}

TEST_CASE("s2s receiving: header faults get their stream error behind our header (RFC 6120 4.9.1.1)") {
    const auto refused = [](const std::string& bytes) {
        scripted s(receiving_settings());
        const auto answer = s.feed(bytes);
        CHECK(answer.starts_with("<?xml version='1.0'?><stream:stream "));
        CHECK(answer.ends_with("</stream:stream>"));
        CHECK(s.ended());
        return answer;
    };
    CHECK(has(refused(header("from='peer.test'")), "host-unknown"));
    CHECK(has(refused(header("from='peer.test' to='nobody.test'")), "host-unknown"));
    CHECK(has(refused(header("from='a@peer.test' to='sip.test'")), "invalid-from"));
    CHECK(has(refused("<stream:stream xmlns='jabber:client' version='1.0' "
                      "xmlns:stream='http://etherx.jabber.org/streams' to='sip.test'>"),
              "invalid-namespace"));
    CHECK(has(refused("<stream:stream xmlns='jabber:server' "
                      "xmlns:stream='http://etherx.jabber.org/streams' to='sip.test'>"),
              "unsupported-version"));
}

TEST_CASE("s2s receiving: the negotiation limit is connection-timeout") {
    auto s = over_tls("");
    s->feed(hello);
    s->fsm.expired();
    CHECK(has(s->answer(), "connection-timeout"));
    auto open = by_external();
    open->fsm.expired();
    CHECK_FALSE(open->ended());
}

TEST_CASE("s2s receiving: attacks before authentication (vectors)") {
    const auto rows = rows_of("xmpp-preauth");
    REQUIRE(rows.size() == 7);
    for (const auto& row : rows) {
        INFO(row.file);
        scripted s(receiving_settings());
        const auto answer = s.feed(vector_bytes("xmpp-preauth", row.file));
        CHECK(has(answer, row.answer));
        CHECK_FALSE(s.saw(kind::deliver));
        CHECK_FALSE(s.saw(kind::in_opened));
        CHECK_FALSE(s.saw(kind::out_opened));
        CHECK(s.ended() == (row.file != "compress-before-tls.bin"));
    }
}

TEST_CASE("s2s receiving: attacks by an authenticated peer (vectors)") {
    const auto rows = rows_of("xmpp-authz");
    REQUIRE(rows.size() == 19);
    for (const auto& row : rows) {
        INFO(row.file);
        auto s = by_external();
        CHECK(has(s->feed(vector_bytes("xmpp-authz", row.file)), row.answer));
        CHECK(s->ended() == !row.answer.empty());
        const auto delivered = std::count_if(s->seen.begin(), s->seen.end(),
                                             [](const auto& a) { return a.what == kind::deliver; });
        CHECK(std::to_string(delivered) == row.fourth);
    }
}
