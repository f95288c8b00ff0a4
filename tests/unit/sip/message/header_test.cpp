// SPDX-License-Identifier: Apache-2.0
// Typed header fields.
#include <catch2/catch.hpp>

#include "sip/header/accept.hpp"
#include "sip/header/auth.hpp"
#include "sip/header/call_id.hpp"
#include "sip/header/contact.hpp"
#include "sip/header/content_type.hpp"
#include "sip/header/cseq.hpp"
#include "sip/header/tokens.hpp"
#include "sip/header/via.hpp"

using namespace stox;
using namespace stox::sip;

TEST_CASE("via: all parts, blanks everywhere, written plainly (RFC 3261 20.42)") {
    const auto v = via::parse(
        "SIP / 2.0 / udp \t First.example.com : 4000 ; ttl=16;maddr=224.2.0.1 ; Branch=z9hG4bKa7.1;rport");
    REQUIRE(v.has_value());
    CHECK(v->transport == "UDP");
    CHECK(v->host == "first.example.com");
    CHECK(v->port == 4000);
    CHECK(v->branch() == "z9hG4bKa7.1");
    CHECK(v->wants_rport());
    CHECK(!v->rport());
    CHECK(v->to_string() ==
          "SIP/2.0/UDP first.example.com:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7.1;rport");
}

TEST_CASE("via: rport and received are filled in (RFC 3581)") {
    auto v = via::parse("SIP/2.0/TCP [2001:db8::1];rport;branch=x");
    REQUIRE(v.has_value());
    v->set_parameter("rport", "5071");
    v->set_received("[2001:db8::2]");
    CHECK(v->to_string() == "SIP/2.0/TCP [2001:db8::1];rport=5071;branch=x;received=2001:db8::2");
    CHECK(via::parse(v->to_string())->rport() == 5071);
    CHECK(via::parse(v->to_string())->received() == "2001:db8::2");
    CHECK(via::parse("SIP/2.0/UDP h:0")->port == 0);
}

TEST_CASE("via: broken ones are errors") {
    for (const char* text :
         {"", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0 h", "HTTP/2.0/UDP h", "SIP/2.0/UDP h:99999",
          "SIP/2.0/UDP h:", "SIP/2.0/UDP 2001:db8::1", "SIP/2.0/UDP [::1", "SIP/2.0/UDP h;;a",
          "SIP/2.0/UDP h,", "SIP/2.0/UDP h x", "SIP/2.0/UDP h;branch=\"x", "SIP//UDP h", "SIP/2.0/UDP@h"}) {
        INFO(text);
        CHECK(!via::parse(text));
    }
    const auto lenient = via::parse_for_refusal("SIP/2.0/UDP 192.0.2.15;rport;;,;,,");
    REQUIRE(lenient.has_value());
    CHECK(lenient->host == "192.0.2.15");
    CHECK(lenient->wants_rport());
}

TEST_CASE("cseq") {
    CHECK(cseq::parse("0009  INVITE")->number == 9);
    CHECK(cseq::parse("4294967295 A")->to_string() == "4294967295 A");
    for (const char* text : {"", "1", "1 ", "x INVITE", "-1 INVITE", "4294967296 INVITE", "1 IN VITE", "1 @"})
        CHECK(!cseq::parse(text));
}

TEST_CASE("content type: parameters unquoted, names in any case, written quoted where needed") {
    const auto t = content_type::parse("Multipart/Mixed ; Boundary = \"a b\\\"c\";charset=UTF-8");
    REQUIRE(t.has_value());
    CHECK(t->is("multipart/mixed"));
    CHECK(*t->parameter("boundary") == "a b\"c");
    CHECK(*t->parameter("charset") == "UTF-8");
    CHECK(t->to_string() == "multipart/mixed;boundary=\"a b\\\"c\";charset=UTF-8");
    for (const char* text :
         {"", "text", "text/", "/plain", "text/plain;", "text/plain, a/b", "text plain", "text/plain;a=\""})
        CHECK(!content_type::parse(text));
}

TEST_CASE("auth: a digest challenge is read, credentials are written with the right quotes (RFC 3261 25.1)") {
    const auto challenge = auth_value::parse(
        "Digest realm=\"a \\\"b\\\"\", domain=\"sip:x, sip:y\" ,nonce=\"84a4\", opaque=\"\", stale=FALSE, "
        "algorithm=MD5,, "
        "qop=\"auth,auth-int\"");
    REQUIRE(challenge.has_value());
    CHECK(challenge->scheme == "Digest");
    CHECK(*challenge->parameter("realm") == "a \"b\"");
    CHECK(*challenge->parameter("domain") == "sip:x, sip:y");
    CHECK(challenge->parameter("opaque")->empty());
    CHECK(*challenge->parameter("qop") == "auth,auth-int");
    CHECK(auth_value::parse(challenge->to_challenge())->parameters == challenge->parameters);
    auth_value credentials{"Digest", {}};
    for (const auto& [name, value] :
         parameter_list{{"username", "u\"x"}, {"nc", "00000001"}, {"qop", "auth"}, {"algorithm", "SHA-256"}})
        credentials.set_parameter(name, value);
    CHECK(credentials.to_credentials() ==
          "Digest username=\"u\\\"x\", nc=00000001, qop=auth, algorithm=SHA-256");
    CHECK(auth_value::parse("NoOneKnowsThisScheme opaque-data=here").has_value());
    for (const char* text : {"", "Digest realm", "Digest realm=", "Digest =x", "Digest realm=\"x",
                             "Digest a=1 b=2", "Digest a=1, A=2", "Dig\"est a=b"})
        CHECK(!auth_value::parse(text));
}

TEST_CASE("accept: the most specific range decides (RFC 3261 20.1)") {
    message m = message::request("OPTIONS", "sip:h");
    CHECK(accept_rating(m, "text/plain", 500).value() == 500);
    m.add("Accept", "text/*;q=0.3, text/html;level=1, */*;q=0");
    m.add("Accept", "text/plain;q=0.85");
    CHECK(accept_rating(m, "text/plain", 0).value() == 850);
    CHECK(accept_rating(m, "text/html", 0).value() == 1000);
    CHECK(accept_rating(m, "text/csv", 0).value() == 300);
    CHECK(accept_rating(m, "image/png", 1000).value() == 0);
    m.set("Accept", "");
    CHECK(accept_rating(m, "text/plain", 1000).value() == 0);
    m.set("Accept", "nonsense");
    CHECK(!accept_rating(m, "text/plain", 1000));
    CHECK(read_q("1.000") == 1000);
    CHECK(read_q("0") == 0);
    for (const char* text : {"", "2", "1.1", "0.0001", ".5", "0,5", "-0", "00.5"}) CHECK(!read_q(text));
}

TEST_CASE("contacts: '*' stands alone, expires is a number or absent (RFC 3261 10.2.1.1, 10.3)") {
    message m = message::request("REGISTER", "sip:h");
    CHECK(read_contacts(m)->addresses.empty());
    m.add("Contact", "*");
    CHECK(read_contacts(m)->wildcard);
    m.add("Contact", "<sip:a@h>;expires=60");
    CHECK(!read_contacts(m));
    m.set("Contact", "<sip:a@h>;expires=60, <sip:b@h>;expires=x, sip:c@h");
    const auto contacts = read_contacts(m);
    REQUIRE(contacts.has_value());
    CHECK(contact_expires(contacts->addresses[0]) == 60);
    CHECK(!contact_expires(contacts->addresses[1]));
    CHECK(!contact_expires(contacts->addresses[2]));
    for (const char* text : {"", "<sip:a@h>,", ",<sip:a@h>", "*, <sip:a@b>"}) {
        m.set("Contact", text);
        CHECK(!read_contacts(m));
    }
}

TEST_CASE("call-id, token lists and Max-Forwards") {
    CHECK(is_call_id("a@b"));
    CHECK(is_call_id("a<b>()\"[]{}?/\\:~"));
    for (const char* text : {"", "@", "a@", "@b", "a@b@c", "a b", "a;b", "\xc3\xa4"})
        CHECK(!is_call_id(text));
    message m = message::request("OPTIONS", "sip:h");
    CHECK(!max_forwards(m));
    m.add("Max-Forwards", "0068");
    CHECK(max_forwards(m) == 68);
    m.set("Max-Forwards", "256");
    CHECK(!max_forwards(m));
    m.add("k", "100rel, Timer");
    m.add("Supported", "path,,\"x\"");
    CHECK(token_list(m, "Supported") == std::vector<std::string_view>{"100rel", "Timer", "path"});
    CHECK(has_token(m, "Supported", "timer"));
    m.add("Allow", "INVITE, ACK");
    CHECK(has_token(m, "Allow", "ACK"));
    CHECK(!has_token(m, "Allow", "ack"));
    CHECK(join_tokens({"a", "b"}) == "a, b");
}
