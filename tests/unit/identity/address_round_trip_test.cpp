// SPDX-License-Identifier: Apache-2.0
// Properties of the address map over random users: seeded, so that every run sees the same inputs.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "base/utf8.hpp"
#include "identity/address_map.hpp"

using namespace stox;

namespace {

// Letters of several scripts, every character that either side treats specially, and whole escape sequences.
const std::vector<std::string>& alphabet() {
    static const std::vector<std::string> parts{"a",
                                                "b",
                                                "z",
                                                "0",
                                                "9",
                                                "-",
                                                ".",
                                                "_",
                                                "~",
                                                "!",
                                                "$",
                                                "*",
                                                "(",
                                                ")",
                                                "+",
                                                ",",
                                                ";",
                                                "=",
                                                "?",
                                                "#",
                                                "%",
                                                "[",
                                                "]",
                                                "^",
                                                "`",
                                                "{",
                                                "|",
                                                "}",
                                                " ",
                                                "\"",
                                                "&",
                                                "'",
                                                "/",
                                                ":",
                                                "<",
                                                ">",
                                                "@",
                                                "\\",
                                                "\\20",
                                                "\\22",
                                                "\\27",
                                                "\\2f",
                                                "\\40",
                                                "\\5c",
                                                "\\5c27",
                                                "%40",
                                                "%0d",
                                                "\xC3\xA9",
                                                "\xC3\xBC",
                                                "\xD0\xB6",
                                                "\xE6\x97\xA5",
                                                "\xD7\x90",
                                                "\xF0\x9F\x98\x80"};
    return parts;
}

std::string random_user(std::mt19937& random, std::size_t pieces) {
    std::string out;
    for (std::size_t i = 0; i < pieces; ++i) out += alphabet()[random() % alphabet().size()];
    return out;
}

}  // namespace

TEST_CASE("address property: unescape undoes escape for every text") {
    std::mt19937 random(7247);
    for (int i = 0; i < 5000; ++i) {
        const auto raw = random_user(random, 1 + random() % 20);
        CHECK(identity::unescape_local(identity::escape_local(raw)) == raw);
    }
}

TEST_CASE("address property: SIP -> XMPP -> SIP gives the same user wherever the first step succeeds") {
    std::mt19937 random(106);
    int crossed = 0;
    for (int i = 0; i < 3000; ++i) {
        const auto raw = random_user(random, 1 + random() % 12);
        sip::uri there;
        there.scheme = "sip";
        there.has_user = true;
        there.user = sip::encode_user(raw);
        there.host = "d.example";
        const auto jid = identity::jid_from_uri(there);
        if (!jid) continue;
        const auto back = identity::uri_from_jid(*jid);
        REQUIRE(back.has_value());
        CHECK(sip::uri::parse(back->to_string()).has_value());
        const auto again = identity::jid_from_uri(*back);
        REQUIRE(again.has_value());
        CHECK(*again == *jid);
        // The alphabet holds no capitals and nothing that normalisation changes.
        if (identity::escape_local(raw) == jid->local()) {
            CHECK(sip::percent_decode(back->user).value() == raw);
            ++crossed;
        }
    }
    CHECK(crossed > 1000);
}

TEST_CASE("address property: XMPP -> SIP -> XMPP is the identity wherever the first step succeeds") {
    std::mt19937 random(7622);
    int crossed = 0;
    for (int i = 0; i < 3000; ++i) {
        const auto jid =
            xmpp::jid::make(random_user(random, 1 + random() % 12), "d.example", "res/%;= \xC3\xA9");
        if (!jid) continue;
        for (const auto scheme : {identity::uri_scheme::sip, identity::uri_scheme::im}) {
            const auto uri = identity::uri_from_jid(*jid, scheme);
            if (!uri) continue;
            const auto wire = sip::uri::parse(uri->to_string());
            REQUIRE(wire.has_value());
            const auto back = identity::jid_from_uri(*wire);
            REQUIRE(back.has_value());
            CHECK(*back == *jid);
            ++crossed;
        }
    }
    CHECK(crossed > 100);
}

TEST_CASE("address property: guest forms come back, on both sides") {
    std::mt19937 random(40);
    int crossed = 0;
    for (int i = 0; i < 2000; ++i) {
        const auto raw = random_user(random, 1 + random() % 8);
        const auto original = xmpp::jid::make(identity::escape_local(raw), "s.example");
        if (!original) continue;
        const auto uri = identity::uri_from_jid(*original);
        if (!uri) continue;
        const auto as_jid = identity::guest_jid(*original, "g.example");
        const auto as_uri = identity::guest_uri(*uri, "g.example");
        if (!as_jid || !as_uri) continue;
        CHECK(identity::original_of_guest(*as_jid).value() == *original);
        CHECK(identity::original_of_guest(*as_uri).value().to_string() == uri->to_string());
        // Both forms name each other across the border.
        CHECK(identity::jid_from_uri(*as_uri).value() == *as_jid);
        ++crossed;
    }
    CHECK(crossed > 300);
}

TEST_CASE("address property: locals up to 1023 bytes cross, longer ones are malformed") {
    for (const std::size_t size : {1022U, 1023U, 1024U}) {
        sip::uri there;
        there.scheme = "sip";
        there.has_user = true;
        there.user = std::string(size, 'x');
        there.host = "d.example";
        CHECK(identity::jid_from_uri(there).has_value() == (size <= 1023));
    }
    // Escaping makes it longer: 342 quotes need 1026 bytes.
    sip::uri quotes;
    quotes.scheme = "sip";
    quotes.has_user = true;
    quotes.user = std::string(342, '\'');
    quotes.host = "d.example";
    CHECK(identity::jid_from_uri(quotes).has_error());
    const auto full = xmpp::jid::make(std::string(1023, 'x'), "d.example");
    CHECK(identity::uri_from_jid(*full)->user.size() == 1023);
}
