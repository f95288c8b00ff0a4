// SPDX-License-Identifier: Apache-2.0
#include "xmpp/jid.hpp"

#include <catch2/catch.hpp>

using namespace stox::xmpp;

namespace {

std::string parsed(std::string_view text) {
    const auto j = jid::parse(text);
    return j ? j->to_string() : "! " + j.error().text;
}
bool refused(std::string_view text) { return !jid::parse(text); }

}  // namespace

TEST_CASE("jid: parts (RFC 7622 section 3.1)") {
    const auto full = jid::parse("juliet@example.com/foo@bar/baz");
    REQUIRE(full.has_value());
    CHECK(full->local() == "juliet");
    CHECK(full->domain() == "example.com");
    CHECK(full->resource() == "foo@bar/baz");
    CHECK_FALSE(full->is_bare());
    CHECK(full->bare().to_string() == "juliet@example.com");
    CHECK(full->bare().with_resource("x").to_string() == "juliet@example.com/x");
    CHECK(parsed("example.com") == "example.com");
    CHECK(parsed("example.com/r@x") == "example.com/r@x");
    CHECK(jid().empty());
}

TEST_CASE("jid: examples of valid JIDs (RFC 7622 section 3.5, table 1)") {
    CHECK(parsed("juliet@example.com/foo bar") == "juliet@example.com/foo bar");
    CHECK(parsed("foo\\20bar@example.com") == "foo\\20bar@example.com");
    CHECK(parsed("fu\xC3\x9F"
                 "ball@example.com") == "fussball@example.com");  // stringprep: ADR 0001
    CHECK(parsed("\xCF\x80@example.com") == "\xCF\x80@example.com");
    CHECK(parsed("\xCE\xA3@example.com/foo") == "\xCF\x83@example.com/foo");
    CHECK(parsed("king@example.com/\xE2\x99\x9A") == "king@example.com/\xE2\x99\x9A");
    CHECK(parsed("a@a.example.com/b@example.net") == "a@a.example.com/b@example.net");
}

TEST_CASE("jid: examples of invalid JIDs (RFC 7622 section 3.5, table 2)") {
    CHECK(refused("\"juliet\"@example.com"));
    CHECK(refused("foo bar@example.com"));
    CHECK(refused("juliet@example.com/"));
    CHECK(refused("@example.com/foobar"));
    CHECK(refused("@example.com"));
    CHECK(refused("juliet@"));
    CHECK(refused("/foobar"));
    CHECK(refused(""));
    CHECK(refused("a@b@example.com"));
    for (const char c : std::string("\"&':<> "))  // '/' and '@' separate
        CHECK(refused(std::string("a") + c + "b@example.com"));
    // Full-width forms become the forbidden characters themselves.
    CHECK(
        refused("a\xEF\xBC\xA0"
                "b@example.com"));
    CHECK(
        refused("a\xEF\xBC\x8F"
                "b@example.com"));
}

TEST_CASE("jid: bytes that no JID may hold") {
    CHECK(refused(std::string_view("a\0b@example.com", 15)));
    CHECK(refused(std::string_view("a@example.com/a\0b", 17)));
    CHECK(refused(std::string_view("a@exam\0ple.com", 14)));
    CHECK(refused("a\r\nb@example.com"));
    CHECK(refused("a@example.com/x\r\ny"));
    CHECK(refused("a\x7F@example.com"));
    CHECK(refused("a\xC0\x80@example.com"));
    CHECK(refused("\xE2\x82@example.com"));
    CHECK(refused("a@exa\xC3mple.com"));
    CHECK(refused("a@example.com/\xED\xA0\x80"));
    CHECK(
        refused("a\xE2\x80\xA8"
                "b@example.com"));                  // U+2028
    CHECK(refused("a@example.com/\xE2\x80\xAEx"));  // U+202E right-to-left override
    CHECK(refused("a@example.com/\xEF\xBF\xBE"));   // U+FFFE
    CHECK(refused("a@example.com/\xCD\xB8"));       // U+0378, not assigned
}

TEST_CASE("jid: 1023 bytes a part, longer ones are refused and never cut (RFC 7622 section 3.1)") {
    const std::string limit(1023, 'a');
    CHECK(parsed(limit + "@example.com/" + limit) == limit + "@example.com/" + limit);
    CHECK(refused(limit + "a@example.com"));
    CHECK(refused("a@example.com/" + limit + "a"));
    CHECK(refused("a@" + limit));
    std::string
        grows;  // U+FB03 is three bytes and becomes "ffi", U+3392 becomes "mhz"; U+FDFA becomes 33 bytes
    for (int i = 0; i < 60; ++i) grows += "\xEF\xB7\xBA";
    CHECK(refused(grows + "@example.com"));
    CHECK(refused(std::string(100'000, 'a') + "@example.com"));
    CHECK(refused(std::string(64, 'a') + ".example"));
}

TEST_CASE("jid: case is folded in local and domain parts, kept in resources") {
    CHECK(parsed("ROMEO@Example.COM/Home") == "romeo@example.com/Home");
    CHECK(parsed("\xC3\x84rger@B\xC3\x9C"
                 "CHER.example/\xC3\x84") ==
          "\xC3\xA4rger@b\xC3\xBC"
          "cher.example/\xC3\x84");
    CHECK(*jid::parse("A@B.c") == *jid::parse("a@b.C"));
    CHECK(*jid::parse("a@b.c/X") != *jid::parse("a@b.c/x"));
}

TEST_CASE("jid: a domain's trailing dot is removed, others are refused (RFC 7622 section 3.2)") {
    CHECK(parsed("a@example.com.") == "a@example.com");
    CHECK(parsed("a@example.com./r") == "a@example.com/r");
    CHECK(refused("a@example.com.."));
    CHECK(refused("a@.example.com"));
    CHECK(refused("a@exa..mple"));
    CHECK(refused("a@."));
    CHECK(refused("a@-example.com"));
    CHECK(refused("a@exa_mple.com"));
    CHECK(refused("a@exa mple.com"));
    CHECK(refused("a@exa%mple.com"));
}

TEST_CASE("jid: IP literals") {
    CHECK(parsed("a@192.0.2.1") == "a@192.0.2.1");
    CHECK(parsed("a@[2001:DB8::1]/r") == "a@[2001:db8::1]/r");
    CHECK(parsed("[::1]") == "[::1]");
    CHECK(refused("a@2001:db8::1"));
    CHECK(refused("a@[2001:db8::1"));
    CHECK(refused("a@[]"));
    CHECK(refused("a@[x]"));
    CHECK(refused("a@[::1].example"));
    CHECK(refused("a@[fe80::1%eth0]"));
    CHECK(*domain_to_ascii("[2001:db8::1]") == "[2001:db8::1]");
}

TEST_CASE("jid: names that look alike are not equal") {
    const auto latin = jid::parse("u@peer.test");
    const auto cyrillic = jid::parse(
        "u@p\xD0\xB5"
        "er.test");
    REQUIRE(cyrillic.has_value());
    CHECK(*latin != *cyrillic);
    CHECK(*domain_to_ascii(cyrillic->domain()) == "xn--per-rdd.test");
    CHECK(*jid::parse("\xD0\xB0@peer.test") != *jid::parse("a@peer.test"));
}

TEST_CASE("jid: U-labels and A-labels of one domain are one domain") {
    const std::string unicode =
        "b\xC3\xBC"
        "cher.example";
    CHECK(*domain_to_ascii(unicode) == "xn--bcher-kva.example");
    CHECK(*domain_to_ascii("XN--BCHER-KVA.example") == "xn--bcher-kva.example");
    CHECK(*domain_to_unicode("xn--bcher-kva.example") == unicode);
    CHECK(*jid::parse("a@xn--bcher-kva.example") == *jid::parse("a@" + unicode));
    CHECK(*domain_to_ascii("fa\xC3\x9F.de") == "xn--fa-hia.de");  // IDNA2008, not "fass"
    CHECK(parsed("a@\xEF\xBD\x85xample\xE3\x80\x82"
                 "com") == "a@example.com");  // full-width e and stop
    CHECK_FALSE(domain_to_ascii("xn--\xFF").has_value());
    CHECK_FALSE(domain_to_ascii("xn--zzzzzz99999").has_value());
    CHECK_FALSE(domain_to_unicode("xn--a\xCC\x80").has_value());
    CHECK_FALSE(domain_to_ascii("").has_value());
}

TEST_CASE("jid: make takes its parts as they are") {
    CHECK(jid::make("a", "b.c", "d/e@f")->to_string() == "a@b.c/d/e@f");
    CHECK_FALSE(jid::make("a@b", "c").has_value());
    CHECK_FALSE(jid::make("a/b", "c").has_value());
    CHECK_FALSE(jid::make("a", "b/c").has_value());
    CHECK_FALSE(jid::make("a", "b@c").has_value());
    CHECK_FALSE(jid::make("a", "").has_value());
    // U+00AD vanishes in both profiles: what remains is empty.
    CHECK_FALSE(jid::make("\xC2\xAD", "c").has_value());
    CHECK_FALSE(jid::make("a", "c", "\xC2\xAD").has_value());
}

TEST_CASE("jid: the text form parses to the same JID") {
    for (const std::string text : {"a@b.c/d", "b.c", "b.c/x y", "\xC7\xB0@\xC3\xBC.example/\xF0\x9F\x98\x80",
                                   "a@[::1]/@/", "\xEF\xBC\xA1@b.c/\xEF\xBC\xA1", "\xE2\x84\xAA@b.c"}) {
        const auto first = jid::parse(text);
        REQUIRE(first.has_value());
        const auto second = jid::parse(first->to_string());
        REQUIRE(second.has_value());
        CHECK(*first == *second);
    }
}

TEST_CASE("jid: the domain of an address whose other parts are malformed") {
    CHECK(jid::domain_of("ch@r@cters@muc.example/JulieC").value().to_string() == "muc.example");
    CHECK(jid::domain_of("@B.example/").value().to_string() == "b.example");
    CHECK(jid::domain_of("a/b@c").value().to_string() == "a");
    CHECK_FALSE(jid::domain_of("").has_value());
    CHECK_FALSE(jid::domain_of("a@").has_value());
    CHECK_FALSE(jid::domain_of("a@b c").has_value());
}
