// SPDX-License-Identifier: Apache-2.0
// The initiating side of a server stream, the peer played by the test.
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

const std::string reply = header("from='peer.test' to='sip.test' id='42'");
const std::string tls_features =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
const std::string proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const std::string external =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>";
const std::string bidi = "<bidi xmlns='urn:xmpp:features:bidi'/>";
const std::string sm = "<sm xmlns='urn:xmpp:sm:3'/>";
const std::string failure = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>";

std::string features(const std::string& inside) {
    return "<stream:features>" + inside + "</stream:features>";
}

// Behind TLS, the peer's second header sent.
std::unique_ptr<scripted> over_tls(s2s_settings settings = initiating_settings()) {
    auto s = std::make_unique<scripted>(std::move(settings));
    s->feed(reply + tls_features);
    s->feed(proceed);
    s->secured(certificate_for("peer.test"));
    s->feed(reply);
    s->answer();
    return s;
}

const domain_pair pair{"sip.test", "peer.test"};
const std::string valid = "<db:result from='peer.test' to='sip.test' type='valid'/>";

}  // namespace

TEST_CASE("s2s initiating: header, STARTTLS, header again (RFC 6120 5.4)") {
    scripted s(initiating_settings());
    const auto first = s.answer();
    CHECK(has(first, " from='sip.test' to='peer.test' version='1.0'"));
    CHECK(has(s.feed(reply + tls_features), "<starttls"));
    s.feed(proceed);
    CHECK(s.saw(kind::start_tls));
    CHECK(has(s.secured(certificate_for("peer.test")), "<stream:stream"));
}

TEST_CASE("s2s initiating: a peer without TLS gets nothing") {
    scripted s(initiating_settings());
    CHECK(
        has(s.feed(reply + features("<dialback xmlns='urn:xmpp:features:dialback'/>")), "policy-violation"));
    CHECK(s.ended());
    scripted refused(initiating_settings());
    refused.feed(reply + tls_features);
    refused.feed("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    CHECK(refused.ended());
}

TEST_CASE("s2s initiating: data behind <proceed/> is an injection") {
    scripted s(initiating_settings());
    s.feed(reply + tls_features);
    CHECK(has(s.feed(proceed + "<stream:features/>"), "policy-violation"));
    CHECK(s.ended());
}

TEST_CASE("s2s initiating: SASL EXTERNAL where offered (XEP-0178 3)") {
    auto s = over_tls();
    CHECK(has(s->feed(features(external)), ">" + to_base64("sip.test") + "</auth>"));
    const auto again = s->feed("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    CHECK(has(again, "<stream:stream"));
    CHECK_FALSE(s->saw(kind::out_opened));
    s->feed(reply + features(""));
    REQUIRE(s->saw(kind::out_opened));
    CHECK(s->last(kind::out_opened).pair == pair);
    CHECK(s->fsm.authentication() == "external");
}

TEST_CASE("s2s initiating: a refused certificate leads to dialback on the same stream") {
    auto s = over_tls();
    s->feed(features(external));
    CHECK(has(s->feed(failure), "<db:result from='sip.test' to='peer.test'>"));
    CHECK(has(s->last(kind::out_refused).text, "not-authorized"));
    s->feed(valid);
    CHECK(s->saw(kind::out_opened));
    CHECK(s->fsm.authentication() == "dialback");
}

TEST_CASE("s2s initiating: dialback without EXTERNAL, offered or not, key over the peer's id") {
    auto s = over_tls();
    CHECK(has(s->feed(features("")), ">" + dialback_key("secret", "peer.test", "sip.test", "42") + "<"));
    CHECK_FALSE(s->saw(kind::out_opened));
    SECTION("valid") {
        s->feed(valid);
        CHECK(s->saw(kind::out_opened));
    }
    SECTION("invalid") {
        s->feed("<db:result from='peer.test' to='sip.test' type='invalid'/>");
        CHECK(s->last(kind::out_refused).text == "dialback key refused");
        CHECK(s->last(kind::out_refused).result == verdict::invalid);
    }
    SECTION("error with its reason (XEP-0220 2.4)") {
        s->feed(
            "<db:result from='peer.test' to='sip.test' type='error'><error type='cancel'>"
            "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>");
        CHECK(has(s->last(kind::out_refused).text, "item-not-found"));
        CHECK(s->last(kind::out_refused).result != verdict::invalid);
    }
    SECTION("valid for a pair that was not asked for") {
        CHECK(has(s->feed("<db:result from='bank.test' to='sip.test' type='valid'/>"), "not-authorized"));
        CHECK(s->ended());
        CHECK_FALSE(s->saw(kind::out_opened));
    }
    SECTION("valid twice") {
        s->feed(valid);
        CHECK(has(s->feed(valid), "not-authorized"));
    }
}

TEST_CASE("s2s initiating: stanzas on a stream that only carries ours are refused") {
    auto s = over_tls();
    s->feed(features(""));
    s->feed(valid);
    CHECK(has(s->feed("<message from='a@peer.test' to='b@sip.test'/>"), "not-authorized"));
    CHECK_FALSE(s->saw(kind::deliver));
}

TEST_CASE("s2s initiating: bidi is asked for before authentication and opens the way back (XEP-0288)") {
    auto s = over_tls();
    const auto asked = s->feed(features(bidi));
    CHECK(asked.find("<bidi xmlns='urn:xmpp:bidi'>") < asked.find("<db:result"));
    s->feed(valid);
    REQUIRE(s->saw(kind::in_opened));
    s->feed("<message from='a@peer.test' to='b@sip.test'/>");
    CHECK(s->saw(kind::deliver));
    CHECK(has(s->feed("<message from='a@bank.test' to='b@sip.test'/>"), "invalid-from"));
}

TEST_CASE("s2s initiating: the peer may ask for further pairs on a bidirectional stream only") {
    const std::string ask = "<db:result from='muc.peer.test' to='sip.test'>k</db:result>";
    auto s = over_tls();
    s->feed(features(bidi));
    s->feed(valid);
    s->feed(ask);
    CHECK(s->saw(kind::verify_key));
    auto plain = over_tls();
    plain->feed(features(""));
    plain->feed(valid);
    CHECK(has(plain->feed(ask), "not-authorized"));
}

TEST_CASE("s2s initiating: further pairs by dialback on one stream (XEP-0220 2.6)") {
    auto s = over_tls();
    s->feed(features(""));
    s->feed(valid);
    REQUIRE(s->fsm.request_pair({"conference.sip.test", "peer.test"}));
    CHECK(has(s->answer(), "<db:result from='conference.sip.test' to='peer.test'>"));
    s->feed("<db:result from='peer.test' to='conference.sip.test' type='valid'/>");
    CHECK(s->last(kind::out_opened).pair == domain_pair{"conference.sip.test", "peer.test"});
}

TEST_CASE("s2s initiating: stream management is in force before the first stanza (XEP-0198 3)") {
    auto s = over_tls();
    s->feed(features(sm));
    CHECK(has(s->feed(valid), "<enable xmlns='urn:xmpp:sm:3'/>"));
    CHECK_FALSE(s->saw(kind::out_opened));
    SECTION("enabled") {
        s->feed("<enabled xmlns='urn:xmpp:sm:3'/>");
        CHECK(s->saw(kind::managed));
        CHECK(s->saw(kind::out_opened));
        s->feed("<a xmlns='urn:xmpp:sm:3' h='3'/>");
        CHECK(s->last(kind::acknowledged).number == 3);
        CHECK(has(s->feed("<a xmlns='urn:xmpp:sm:3' h='x'/>"), "bad-format"));
    }
    SECTION("refused") {
        s->feed("<failed xmlns='urn:xmpp:sm:3'/>");
        CHECK_FALSE(s->saw(kind::managed));
        CHECK(s->saw(kind::out_opened));
    }
}

TEST_CASE(
    "s2s initiating: with bidi the peer may send while stream management is negotiated (XEP-0288 2.2)") {
    const std::string message = "<message from='a@peer.test' to='b@sip.test'/>";
    SECTION("after EXTERNAL") {
        auto s = over_tls();
        s->feed(features(external + bidi));
        s->feed("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        CHECK(has(s->feed(reply + features(sm) + message), "<enable "));
        CHECK(s->saw(kind::deliver));
        CHECK(s->last(kind::in_opened).text == "external");
        CHECK_FALSE(s->saw(kind::out_opened));
        s->feed("<enabled xmlns='urn:xmpp:sm:3'/>");
        CHECK(s->saw(kind::out_opened));
        // XEP-0198 section 4: counted from <enabled/> on.
        s->feed(message);
        CHECK(s->feed("<r xmlns='urn:xmpp:sm:3'/>") == "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    }
    SECTION("after dialback") {
        auto s = over_tls();
        s->feed(features(bidi + sm));
        CHECK(has(s->feed(valid + message), "<enable "));
        CHECK(s->saw(kind::deliver));
        CHECK_FALSE(s->saw(kind::out_opened));
        s->feed("<failed xmlns='urn:xmpp:sm:3'/>");
        CHECK(s->saw(kind::out_opened));
    }
    SECTION("never before the peer knows us") {
        auto s = over_tls();
        s->feed(features(bidi + sm));
        CHECK(has(s->feed(message), "not-authorized"));
        CHECK_FALSE(s->saw(kind::deliver));
    }
}

TEST_CASE("s2s initiating: the way back of a bidirectional stream says what proved the peer") {
    scripted s(initiating_settings());
    s.feed(reply + tls_features);
    s.feed(proceed);
    s.secured(certificate_for(""));
    s.feed(reply + features(bidi));
    s.feed(valid);
    CHECK(s.last(kind::in_opened).text == "dns");
    CHECK(s.fsm.authentication() == "dialback");
}

TEST_CASE("s2s initiating: what the peer acknowledges behind our end tag still counts (XEP-0198 4)") {
    auto s = over_tls();
    s->feed(features(sm));
    s->feed(valid);
    s->feed("<enabled xmlns='urn:xmpp:sm:3'/>");
    s->fsm.close("idle");
    CHECK(s->answer() == "<a xmlns='urn:xmpp:sm:3' h='0'/></stream:stream>");
    CHECK(s->feed("<a xmlns='urn:xmpp:sm:3' h='4'/><r xmlns='urn:xmpp:sm:3'/>").empty());
    CHECK(s->last(kind::acknowledged).number == 4);
    s->feed("</stream:stream>");
    CHECK(s->ended());
}

TEST_CASE("s2s initiating: a question about a key that gets no verdict says why (XEP-0220 2.5)") {
    auto settings = initiating_settings();
    settings.verify_only = true;
    settings.verify_id = "their-id";
    settings.verify_key = "key";
    const std::string error =
        "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    const std::string unknown =
        "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    SECTION("an error") {
        auto s = over_tls(settings);
        s->feed(features(""));
        s->feed("<db:verify from='peer.test' to='sip.test' id='their-id' type='error'>" + error +
                "</db:verify>");
        CHECK(s->last(kind::key_answered).result == verdict::unknown);
        CHECK_FALSE(s->ended());
    }
    SECTION("the stream is closed") {
        auto s = over_tls(settings);
        s->feed(features(""));
        s->feed("</stream:stream>");
        CHECK(s->last(kind::key_answered).result == verdict::lost);
        CHECK(s->last(kind::key_answered).id == "their-id");
        CHECK(s->last(kind::key_answered).pair == pair);
    }
    SECTION("host-unknown before it was asked") {
        scripted s(settings);
        s.feed(reply + unknown);
        CHECK(s.last(kind::key_answered).result == verdict::unknown);
    }
    SECTION("closed before it was asked: another address may know") {
        scripted s(settings);
        s.feed(reply + "</stream:stream>");
        CHECK(s.ended());
        CHECK_FALSE(s.saw(kind::key_answered));
    }
    SECTION("a verdict stands, whatever follows") {
        auto s = over_tls(settings);
        s->feed(features(""));
        s->feed("<db:verify from='peer.test' to='sip.test' id='their-id' type='valid'/>" + unknown);
        CHECK(s->last(kind::key_answered).result == verdict::valid);
    }
}

TEST_CASE("s2s initiating: a verification stream asks and authenticates nothing (XEP-0220 2.3)") {
    auto settings = initiating_settings();
    settings.verify_only = true;
    settings.verify_id = "their-id";
    settings.verify_key = "key";
    auto s = over_tls(settings);
    CHECK(s->feed(features(external)) ==
          "<db:verify from='sip.test' to='peer.test' id='their-id'>key</db:verify>");
    s->feed("<db:verify from='peer.test' to='sip.test' id='their-id' type='valid'/>");
    REQUIRE(s->saw(kind::key_answered));
    CHECK(s->last(kind::key_answered).result == verdict::valid);
    CHECK_FALSE(s->fsm.authenticated());
    CHECK(has(s->feed("<db:verify from='peer.test' to='sip.test' id='their-id' type='valid'/>"),
              "not-authorized"));
}

TEST_CASE("s2s initiating: limits of the peer are read (XEP-0478)") {
    auto s = over_tls();
    s->feed(
        features("<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>65536</max-bytes>"
                 "<idle-seconds>300</idle-seconds></limits>"));
    CHECK(s->fsm.peer_limits().max_bytes == 65536);
    CHECK(s->fsm.peer_limits().idle_seconds == 300);
}

TEST_CASE("s2s initiating: our limits are told inside <bidi/>, and nowhere else (XEP-0478 3.2)") {
    CHECK(has(over_tls()->feed(features(bidi)),
              "<bidi xmlns='urn:xmpp:bidi'><limits xmlns='urn:xmpp:stream-limits:0'>"
              "<max-bytes>262144</max-bytes><idle-seconds>600</idle-seconds></limits></bidi>"));
    CHECK_FALSE(has(over_tls()->feed(features("")), "<limits"));
}

TEST_CASE("s2s initiating: stream errors end the stream with their words; see-other-host is handed up") {
    scripted s(initiating_settings());
    s.feed(reply +
           "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>192.0.2.1:5"
           "</see-other-host></stream:error></stream:stream>");
    CHECK(s.last(kind::redirect).text == "192.0.2.1:5");
    CHECK(has(s.last(kind::ended).text, "see-other-host"));
    scripted t(initiating_settings());
    t.feed(reply +
           "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
           "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>no</text></stream:error>");
    CHECK(has(t.last(kind::ended).text, "host-unknown: no"));
}

TEST_CASE("s2s initiating: a server that answers as somebody else is refused") {
    scripted s(initiating_settings());
    CHECK(has(s.feed(header("from='bank.test' id='1'")), "invalid-from"));
}

TEST_CASE("s2s: any element in any phase never lets a stanza through without a proof") {
    const std::vector<std::string> inputs = {
        "<message from='a@peer.test' to='b@sip.test'/>",
        valid,
        proceed,
        features(external),
        failure,
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<bidi xmlns='urn:xmpp:bidi'/>",
        "<enabled xmlns='urn:xmpp:sm:3'/>",
        "<enable xmlns='urn:xmpp:sm:3'/>",
        "<a xmlns='urn:xmpp:sm:3' h='9'/>",
        "<db:verify from='peer.test' to='sip.test' id='1' type='valid'/>",
        "<db:result from='peer.test' to='sip.test'>k</db:result>",
        "<x xmlns='urn:x'/>",
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"};
    for (const bool initiating : {true, false})
        for (const auto& first : inputs)
            for (const auto& second : inputs) {
                if (initiating && first == features(external)) continue;
                scripted s(initiating ? initiating_settings() : receiving_settings());
                s.feed(initiating ? reply : header("from='peer.test' to='sip.test'"));
                s.feed(first);
                s.feed(second);
                INFO(first << second);
                CHECK_FALSE(s.saw(kind::deliver));
                CHECK_FALSE(s.saw(kind::in_opened));
                CHECK_FALSE(s.saw(kind::out_opened));
            }
}
