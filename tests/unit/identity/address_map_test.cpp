// SPDX-License-Identifier: Apache-2.0
// RFC 7247 section 6 and XEP-0106, each trap by name.
#include "identity/address_map.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using identity::uri_scheme;

namespace {

std::string to_jid(std::string_view text) {
    const auto uri = sip::uri::parse(text);
    if (!uri) return "unreadable: " + uri.error().text;
    const auto jid = identity::jid_from_uri(*uri);
    return jid ? jid->to_string() : std::to_string(jid.error().status) + " " + jid.error().condition;
}

std::string to_uri(std::string_view text, uri_scheme scheme = uri_scheme::sip) {
    const auto jid = xmpp::jid::parse(text);
    if (!jid) return "unreadable: " + jid.error().text;
    const auto uri = identity::uri_from_jid(*jid, scheme);
    return uri ? uri->to_string() : std::to_string(uri.error().status) + " " + uri.error().condition;
}

xmpp::jid jid(std::string_view text) { return xmpp::jid::parse(text).value(); }
sip::uri uri(std::string_view text) { return sip::uri::parse(text).value(); }

}  // namespace

TEST_CASE("address: the examples of RFC 7247 sections 6.4 and 6.5") {
    CHECK(to_jid("sip:f%C3%BC@sip.example") == "f\xC3\xBC@sip.example");
    CHECK(to_jid("sip:o'malley@sip.example") == "o\\27malley@sip.example");
    CHECK(to_jid("sip:foo@sip.example;gr=bar") == "foo@sip.example/bar");
    CHECK(to_uri("m\\26m@xmpp.example") == "sip:m&m@xmpp.example");
    CHECK(to_uri("tsch\xC3\xBC\xC3\x9F@xmpp.example").starts_with("sip:tsch%C3%BC"));
    CHECK(to_uri("baz@xmpp.example/qux") == "sip:baz@xmpp.example;gr=qux");
    CHECK(to_uri("room@muc.example/nick") == "sip:room@muc.example;gr=nick");
}

TEST_CASE("address: all ten characters of XEP-0106 are escaped, also when they came percent-encoded") {
    CHECK(to_jid("sip:a%20b%22c&d'e/f%3Ag%3Ch%3Ei%40j@d.example") ==
          "a\\20b\\22c\\26d\\27e\\2ff\\3ag\\3ch\\3ei\\40j@d.example");
    CHECK(to_uri("a\\20b\\22c\\26d\\27e\\2ff\\3ag\\3ch\\3ei\\40j@d.example") ==
          "sip:a%20b%22c&d'e/f%3Ag%3Ch%3Ei%40j@d.example");
}

TEST_CASE("address: the backslash step that RFC 7247 leaves out keeps a literal \\27 from becoming a quote") {
    CHECK(to_jid("sip:a%5c27b@d.example") == "a\\5c27b@d.example");
    CHECK(to_uri("a\\5c27b@d.example") == "sip:a%5C27b@d.example");
    CHECK(to_jid("sip:%5c5c@d.example") == "\\5c5c@d.example");
    CHECK(to_jid("sip:c%5Cnet@d.example") == "c\\net@d.example");
}

TEST_CASE("address: an upper-case escape sequence is ambiguous too, because case is folded later") {
    CHECK(to_jid("sip:a%5C2Fb@d.example") == "a\\5c2fb@d.example");
    CHECK(to_uri("a\\5c2fb@d.example") == "sip:a%5C2fb@d.example");
}

TEST_CASE("address: the worked example of XEP-0106 section 4.2") {
    CHECK(identity::escape_local("\\3and\\2is\\5cool") == "\\5c3and\\2is\\5c5cool");
    CHECK(identity::unescape_local("\\5c3and\\2is\\5c5cool") == "\\3and\\2is\\5cool");
    CHECK(identity::unescape_local("\\5c5c27") == "\\5c27");
}

TEST_CASE("address: \\20 neither first nor last (XEP-0106 section 4.1)") {
    CHECK(to_jid("sip:%20a@d.example") == "404 item-not-found");
    CHECK(to_jid("sip:a%20@d.example") == "404 item-not-found");
    CHECK(to_uri("\\20a@d.example") == "400 jid-malformed");
    CHECK(to_uri("a\\20@d.example") == "400 jid-malformed");
}

TEST_CASE("address: a localpart that does not come back as itself is refused, not sent to another user") {
    CHECK(to_uri("\\5cfoo@d.example") == "400 jid-malformed");
}

TEST_CASE("address: look-alike digits cannot make an escape sequence") {
    CHECK(to_jid("sip:a%5C%EF%BC%92%EF%BC%97b@d.example") == "400 jid-malformed");
}

TEST_CASE("address: bad UTF-8, NUL and line ends in a user part are malformed") {
    for (const char* text : {"sip:a%FFb@d.example", "sip:a%C3@d.example", "sip:a%ED%A0%80@d.example",
                             "sip:a%00b@d.example", "sip:a%0d%0ab@d.example", "sip:a%7f@d.example",
                             "sip:a@d.example;gr=%0d%0aTo:", "sip:a@d.example;gr=%FF"})
        CHECK(to_jid(text) == "400 jid-malformed");
}

TEST_CASE("address: password, port, parameters and headers are not identity; parameters in the user are") {
    CHECK(to_jid("sip:alice:secret@d.example:5070;transport=tcp;maddr=192.0.2.1?subject=x") ==
          "alice@d.example");
    CHECK(to_jid("sip:+1555;phone-context=x.example@d.example;user=phone") ==
          "+1555;phone-context=x.example@d.example");
}

TEST_CASE("address: hosts compare without case, A-labels on SIP and U-labels on XMPP") {
    CHECK(to_jid("sip:a@EXAMPLE.Com") == "a@example.com");
    CHECK(to_jid("sip:a@xn--bcher-kva.example") ==
          "a@b\xC3\xBC"
          "cher.example");
    CHECK(to_uri("a@B\xC3\x9C"
                 "cher.example") == "sip:a@xn--bcher-kva.example");
}

TEST_CASE("address: users differ in case on neither side") {
    CHECK(to_jid("sip:Alice@d.example") == "alice@d.example");
}

TEST_CASE("address: IP literal hosts pass") {
    CHECK(to_jid("sip:a@192.0.2.7") == "a@192.0.2.7");
    CHECK(to_jid("sip:a@[2001:db8::7]") == "a@[2001:db8::7]");
    CHECK(to_uri("a@[2001:db8::7]") == "sip:a@[2001:db8::7]");
}

TEST_CASE("address: no user part is the domain itself") {
    CHECK(to_jid("sip:d.example") == "d.example");
    CHECK(to_uri("d.example") == "sip:d.example");
    CHECK(to_jid("sip:@d.example").starts_with("unreadable"));
}

TEST_CASE("address: the resource is gr without a slash, percent-encoded, decoded to UTF-8") {
    CHECK(to_uri("a@d.example/Gajim; =?@\"<>%,") == "sip:a@d.example;gr=Gajim%3B%20%3D%3F%40%22%3C%3E%25%2C");
    CHECK(to_jid("sip:a@d.example;gr=Gajim%3B%20%3D") == "a@d.example/Gajim; =");
    CHECK(to_uri("a@d.example/caf\xC3\xA9") == "sip:a@d.example;gr=caf%C3%A9");
}

TEST_CASE("address: a temporary GRUU (gr without value) is no resource") {
    CHECK(to_jid("sip:tgruu.7hs@d.example;gr") == "tgruu.7hs@d.example");
}

TEST_CASE("address: gr is accepted as a header parameter, as RFC 7572 and 7702 print it") {
    const auto header = sip::name_addr::parse("<sip:juliet@d.example>;gr=balcony;tag=1").value();
    CHECK(identity::jid_from_address(header)->to_string() == "juliet@d.example/balcony");
}

TEST_CASE("address: im and pres keep inner dots, encode what is no dot-atom") {
    CHECK(to_uri("a.b@d.example", uri_scheme::im) == "im:a.b@d.example");
    CHECK(to_uri("a(b),c;d@d.example", uri_scheme::im) == "im:a%28b%29%2Cc%3Bd@d.example");
    CHECK(to_uri("a..b@d.example", uri_scheme::pres) == "pres:a%2E%2Eb@d.example");
    CHECK(to_jid("im:a%2E%2Eb@d.example") == "a..b@d.example");
    CHECK(to_jid("pres:o'malley@d.example") == "o\\27malley@d.example");
}

TEST_CASE("address: tel maps into the domain that stands for numbers, without separators") {
    const auto number = identity::jid_from_uri(uri("tel:+1-555-(01)00"), "pstn.example");
    CHECK(number->to_string() == "+15550100@pstn.example");
    const auto local = identity::jid_from_uri(uri("tel:7042;phone-context=Example.com"), "pstn.example");
    CHECK(local->to_string() == "7042;phone-context=example.com@pstn.example");
    CHECK(to_jid("tel:+15550100") == "404 item-not-found");
}

TEST_CASE("address: other schemes have no XMPP form") {
    CHECK(to_jid("mailto:a@d.example") == "416 jid-malformed");
    CHECK(to_jid("sips:a@d.example") == "a@d.example");
}

TEST_CASE("address: guest forms on both sides, nested escapes included") {
    CHECK(identity::guest_jid(jid("bob@s.example/phone"), "g.example")->to_string() ==
          "bob\\40s.example@g.example/phone");
    CHECK(identity::guest_jid(jid("o\\27malley@s.example"), "g.example")->to_string() ==
          "o\\27malley\\40s.example@g.example");
    CHECK(identity::guest_uri(uri("sip:o'malley@s.example;gr=x"), "g.example")->to_string() ==
          "sip:o'malley%40s.example@g.example;gr=x");
    CHECK(identity::original_of_guest(jid("o\\27malley\\40s.example@g.example/x"))->to_string() ==
          "o\\27malley@s.example/x");
    CHECK(identity::original_of_guest(uri("sip:o'malley%40s.example@g.example;gr=x"))->to_string() ==
          "sip:o'malley@s.example;gr=x");
}

TEST_CASE("address: a guest of a guest unwraps one layer at a time, at the last @") {
    const auto twice = identity::guest_jid(jid("bob\\40s.example@h.example"), "g.example");
    CHECK(twice->to_string() == "bob\\40s.example\\40h.example@g.example");
    CHECK(identity::original_of_guest(*twice)->to_string() == "bob\\40s.example@h.example");
}

TEST_CASE("address: a guest form without an address inside is nobody") {
    for (const char* text : {"bob@g.example", "\\40s.example@g.example", "bob\\40@g.example"}) {
        const auto parsed = xmpp::jid::parse(text);
        REQUIRE(parsed.has_value());
        CHECK(identity::original_of_guest(*parsed).has_error());
    }
    CHECK(identity::original_of_guest(uri("sip:a%0d%0a%40s.example@g.example")).has_error());
    CHECK(identity::original_of_guest(uri("sip:a%40evil%20host@g.example")).has_error());
}

TEST_CASE("address: guest domains are A-labels inside the local part") {
    CHECK(identity::guest_jid(jid("a@b\xC3\xBC"
                                  "cher.example"),
                              "g.example")
              ->to_string() == "a\\40xn--bcher-kva.example@g.example");
}

TEST_CASE("address: device tokens are stable, differ and tell nothing") {
    const auto one = identity::device_token("key", "sip:a@192.0.2.1:5062");
    CHECK(one == identity::device_token("key", "sip:a@192.0.2.1:5062"));
    CHECK(one != identity::device_token("key", "sip:a@192.0.2.2:5062"));
    CHECK(one != identity::device_token("other", "sip:a@192.0.2.1:5062"));
    CHECK(one.size() == 24);
    CHECK(one.starts_with("sip-"));
}
