// SPDX-License-Identifier: Apache-2.0
// RFC 4475 and RFC 5118: every message meets what tests/vectors/sip/EXPECTED.tsv says, at parser and framer
// level. The answers on the wire are checked with the same table by the stack's tests.
#include <catch2/catch.hpp>

#include "sip/header/contact.hpp"
#include "sip/header/tokens.hpp"
#include "sip/header/via.hpp"
#include "tests/unit/sip/message/vectors.hpp"

using namespace stox;
using namespace stox::sip;

namespace {

message load(const std::string& name) {
    auto m = message::parse(vectors::read("sip/" + name));
    REQUIRE(m.has_value());
    return std::move(*m);
}

void check_stream_form(const std::string& expected, const std::string& bytes) {
    const auto units = vectors::frame(bytes);
    if (expected == "wait") {
        CHECK(units.empty());
    } else if (expected == "400+close") {
        REQUIRE(units.size() == 1);
        CHECK(vectors::words(units.front()) == "fault 400");
    } else {
        REQUIRE(!units.empty());
        CHECK(units.front().what == framed::kind::message);
        CHECK(vectors::verdict(units.front().bytes) == vectors::verdict(bytes));
    }
}

}  // namespace

TEST_CASE("torture messages of RFC 4475 and RFC 5118: each is treated as its section says") {
    const auto rows = vectors::table("sip/EXPECTED.tsv");
    REQUIRE(rows.size() == 61);
    for (const auto& row : rows) {
        INFO(row.at("file") << ": " << row.at("reason"));
        const std::string bytes = vectors::read("sip/" + row.at("file"));
        CHECK(vectors::verdict(bytes) == row.at("parser"));
        check_stream_form(row.at("tcp"), bytes);
    }
}

TEST_CASE("torture messages: every refused request can be answered") {
    for (const auto& row : vectors::table("sip/EXPECTED.tsv")) {
        if (!row.at("parser").starts_with("refuse")) continue;
        INFO(row.at("file"));
        const message m = load(row.at("file"));
        const auto answer = refusal(m, *check(m));
        REQUIRE(answer);
        CHECK(row.at("udp") == std::to_string(answer->status()));
        CHECK(answer->header("Via") == m.header("Via"));
    }
}

TEST_CASE("torture messages with lone LFs: every one is refused or dropped") {
    for (const auto& row : vectors::table("sip/EXPECTED.tsv")) {
        INFO(row.at("file"));
        std::string bytes = vectors::read("sip/" + row.at("file"));
        std::erase(bytes, '\r');
        CHECK(vectors::verdict(bytes) != "accept");
        const auto units = vectors::frame(bytes);
        if (!units.empty()) CHECK(units.front().what == framed::kind::fault);
    }
}

TEST_CASE("torture messages: what is written reads back as the same bytes") {
    for (const auto& row : vectors::table("sip/EXPECTED.tsv")) {
        INFO(row.at("file"));
        const auto m = message::parse(vectors::read("sip/" + row.at("file")));
        if (!m || m->syntax_fault()) continue;
        const std::string written = m->to_bytes();
        const auto again = message::parse(written);
        REQUIRE(again.has_value());
        CHECK(again->to_bytes() == written);
        CHECK(again->body() == m->body());
        CHECK(vectors::verdict(written) == vectors::verdict(vectors::read("sip/" + row.at("file"))));
    }
}

TEST_CASE("wsinv: folded, compact and oddly cased fields have their meaning (RFC 4475 3.1.1.1)") {
    const message m = load("rfc4475/wsinv.dat");
    CHECK(m.list("Via").size() == 3);
    const auto last = via::parse(m.list("Via")[2]);
    REQUIRE(last.has_value());
    CHECK(last->transport == "UDP");
    CHECK(last->host == "192.168.255.111");
    CHECK(last->branch() == "z9hG4bK30239");
    CHECK(m.header("Subject") == "");
    CHECK(m.header("NewFangledHeader") == "newfangled value continued newfangled value");
    CHECK(m.header("UnknownHeaderWithUnusualValue") == ";;,,;;,;");
    CHECK(max_forwards(m) == 68);
    const auto contacts = read_contacts(m);
    REQUIRE(contacts.has_value());
    CHECK(contacts->addresses[0].display_name == "Quoted string \"\"");
    CHECK(*contacts->addresses[0].parameter("newparam") == "newvalue");
    CHECK(*contacts->addresses[0].parameter("q") == "0.33");
    CHECK(*name_addr::parse(*m.header("To"))->parameter("tag") == "1918181833n");
    CHECK(name_addr::parse(*m.header("From"))->display_name == "J Rosenberg \\\"");
}

TEST_CASE("escnull: %00 is one byte of the user part (RFC 4475 3.1.1.4)") {
    const message m = load("rfc4475/escnull.dat");
    const auto to = name_addr::parse(*m.header("To"));
    CHECK(*percent_decode(to->address.user) == std::string("null-\0-null", 11));
    const auto contacts = read_contacts(m);
    REQUIRE(contacts->addresses.size() == 2);
    CHECK(*percent_decode(contacts->addresses[1].address.user) == std::string(2, '\0'));
    CHECK_FALSE(equivalent(contacts->addresses[0].address, contacts->addresses[1].address));
}

TEST_CASE(
    "esc01, esc02: escapes are undone once, and only where they are escapes (RFC 4475 3.1.1.3, 3.1.1.5)") {
    const auto target = uri::parse(load("rfc4475/esc01.dat").request_uri());
    REQUIRE(target.has_value());
    CHECK(target->host == "example.net");
    CHECK(*percent_decode(target->user) == "sips:user@example.com");
    const message m = load("rfc4475/esc02.dat");
    CHECK(m.method() == "RE%47IST%45R");
    CHECK(m.all("Contact").size() == 2);
    CHECK(name_addr::parse(*m.header("To"))->display_name == "%Z%45");
}

TEST_CASE("dblreq: bytes behind the body of a datagram are no part of it (RFC 4475 3.1.1.8)") {
    const message m = load("rfc4475/dblreq.dat");
    CHECK(m.body().empty());
    CHECK(m.to_bytes().find("INVITE") == std::string::npos);
    const auto units = vectors::frame(vectors::read("sip/rfc4475/dblreq.dat"));
    REQUIRE(units.size() == 4);
    CHECK(units[2].bytes.starts_with("INVITE "));
    CHECK(vectors::words(units[3]) == "fault 400(no answer)");
}

TEST_CASE("cparam01, cparam02: brackets decide whose the parameter is (RFC 4475 3.3.12, 3.3.13)") {
    const auto bare = read_contacts(load("rfc4475/cparam01.dat"));
    CHECK(bare->addresses[0].parameter("unknownparam") != nullptr);
    CHECK(bare->addresses[0].address.parameter("unknownparam") == nullptr);
    const auto bracketed = read_contacts(load("rfc4475/cparam02.dat"));
    CHECK(bracketed->addresses[0].parameter("unknownparam") == nullptr);
    CHECK(bracketed->addresses[0].address.parameter("unknownparam") != nullptr);
}

TEST_CASE("received of Via is read with and without brackets and written without (RFC 5118 4.5)") {
    for (const char* name :
         {"rfc5118/via-received-param-with-delim.dat", "rfc5118/via-received-param-no-delim.dat"}) {
        auto top = via::parse(*load(name).header("Via"));
        REQUIRE(top.has_value());
        CHECK(top->received() == "2001:db8::9:255");
        top->set_received("[2001:db8::1]");
        CHECK(top->to_string().find("received=2001:db8::1;") != std::string::npos);
    }
}

TEST_CASE("the extra colon of the old grammar is read and not written (RFC 5118 4.10)") {
    const auto target = uri::parse(load("rfc5118/ipv6-bug-abnf-3-colons.dat").request_uri());
    REQUIRE(target.has_value());
    CHECK(target->to_string() == "sip:user@[2001:db8::192.0.2.1]");
}

TEST_CASE("a port inside the brackets is part of the address (RFC 5118 4.3, 4.4)") {
    CHECK(!uri::parse(load("rfc5118/port-ambiguous.dat").request_uri())->port);
    CHECK(uri::parse(load("rfc5118/port-unambiguous.dat").request_uri())->port == 5070);
}

TEST_CASE("ipv6-in-sdp is well formed once its Content-Length is right (RFC 5118 4.6)") {
    std::string bytes = vectors::read("sip/rfc5118/ipv6-in-sdp.dat");
    bytes.replace(bytes.find("268"), 3, "251");
    CHECK(vectors::verdict(bytes) == "accept");
}
