// SPDX-License-Identifier: Apache-2.0
// URIs as values: reading, writing, equality, escapes.
#include <catch2/catch.hpp>

#include "sip/uri.hpp"

using namespace stox;
using namespace stox::sip;

namespace {

uri read(std::string_view text) {
    auto out = uri::parse(text);
    INFO(text);
    REQUIRE(out.has_value());
    return std::move(*out);
}

}  // namespace

TEST_CASE("uri: every part is found (RFC 3261 19.1.1)") {
    const uri u =
        read("SIPS:alice;day=tue:secret@Atlanta.COM:5061;Transport=TCP;lr?subject=x&priority=urgent");
    CHECK(u.scheme == "sips");
    CHECK(u.user == "alice;day=tue");
    CHECK(u.password == "secret");
    CHECK(u.host == "atlanta.com");
    CHECK(u.port == 5061);
    REQUIRE(u.parameter("transport") != nullptr);
    CHECK(*u.parameter("TRANSPORT") == "TCP");
    CHECK(u.parameter("lr")->empty());
    CHECK(u.headers == "subject=x&priority=urgent");
    CHECK(u.aor().to_string() == "sips:alice;day=tue@atlanta.com");
}

TEST_CASE("uri: what is read is written back") {
    for (const std::string text :
         {"sip:example.com", "sip:a@example.com", "sip:a:b@[2001:db8::1]:5060;lr", "sips:1.2.3.4:1",
          "sip:%61%00@h;a=b;c?x=y", "tel:+1-201-555-0123;ext=5", "tel:7042;phone-context=example.com",
          "im:juliet@example.com", "pres:romeo@example.net", "mailto:x@y", "urn:service:sos",
          "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/"
          ";;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com"}) {
        const uri u = read(text);
        CHECK(u.to_string() == text);
        CHECK(equivalent(u, read(u.to_string())));
    }
}

TEST_CASE("uri: broken ones are errors") {
    for (const char* text : {"",
                             "sip",
                             "sip:",
                             "sip:@h",
                             "sip:a@",
                             "sip:a@h@h",
                             "sip:a b@h",
                             "sip:a@h:",
                             "sip:a@h:65536",
                             "sip:a@h:0",
                             "sip:a@h:-1",
                             "sip:a@h:5 ",
                             "sip:%4@h",
                             "sip:%zz@h",
                             "sip:a@h;=x",
                             "sip:a@h;x=%1",
                             "sip:a@h;x;X",
                             "sip:a@h?",
                             "sip:[::1@h",
                             "sip:a@[::1",
                             "sip:a@::1",
                             "sip:a@[1.2.3.4]",
                             "sip:a@[::g]",
                             "sip:a@h..b",
                             "sip:a@-h",
                             "sip:a\"@h",
                             "sip:<a@h>",
                             "sip:a@h\r\nX: y",
                             "sip:\xc3\xa4@h",
                             "tel:",
                             "tel:+",
                             "tel:+12a",
                             "tel:()",
                             "1sip:a",
                             ":a",
                             "sip:a@h;x=y z",
                             "sip:a@h\t",
                             "sip:a|b@h"}) {
        INFO(text);
        CHECK(!uri::parse(text));
    }
    CHECK(!uri::parse(std::string_view("sip:a\0b@h", 9)));
}

TEST_CASE("uri: a dialled hash is taken and written escaped (seen from desk phones)") {
    CHECK(read("sip:*21#@pbx.example").to_string() == "sip:*21%23@pbx.example");
}

TEST_CASE("uri: empty parameters and '=' without value are passed over (seen from soft phones)") {
    CHECK(read("sip:a@h;;lr=;").to_string() == "sip:a@h;lr");
}

TEST_CASE("uri: equality (RFC 3261 19.1.4)") {
    const auto same = [](const char* a, const char* b) { return equivalent(read(a), read(b)); };
    CHECK(same("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"));
    CHECK(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
    CHECK(same("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"));
    CHECK(same("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
               "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"));
    CHECK(same("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
               "sip:alice@atlanta.com?priority=urgent&subject=project%20x"));
    CHECK_FALSE(same("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
    CHECK_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
    CHECK_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
    CHECK_FALSE(same("sip:bob@biloxi.com;transport=udp", "sip:bob@biloxi.com:6000;transport=tcp"));
    CHECK_FALSE(same("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"));
    CHECK_FALSE(same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
    CHECK_FALSE(same("sip:a@h", "sips:a@h"));
    CHECK_FALSE(same("sip:a%40b@h", "sip:a%41b@h"));
}

TEST_CASE("escapes: every byte survives encoding and decoding, and the code is a user part") {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    CHECK(*percent_decode(encode_user(all)) == all);
    CHECK(*percent_decode(encode_parameter(all)) == all);
    const uri u = read("sip:" + encode_user(all) + "@h;p=" + encode_parameter(all));
    CHECK(u.host == "h");
    CHECK(*percent_decode(u.user) == all);
    CHECK(*percent_decode(*u.parameter("p")) == all);
    CHECK(u.parameters.size() == 1);
    CHECK(!percent_decode("%"));
    CHECK(!percent_decode("a%4"));
    CHECK(!percent_decode("%0g"));
    CHECK(*percent_decode("%2B+") == "++");
}

TEST_CASE("uri: parameters are set, replaced and removed by name in any case") {
    uri u = read("sip:a@h;Foo=1");
    u.set_parameter("FOO", "2");
    u.set_parameter("lr", "");
    CHECK(u.to_string() == "sip:a@h;foo=2;lr");
    u.remove_parameter("Lr");
    CHECK(u.to_string() == "sip:a@h;foo=2");
}

TEST_CASE("name-addr: forms that peers send") {
    const auto read_one = [](std::string_view text) {
        auto out = name_addr::parse(text);
        INFO(text);
        REQUIRE(out.has_value());
        return std::move(*out);
    };
    CHECK(read_one("sip:a@h;tag=1").parameter("tag") != nullptr);
    CHECK(read_one("sip:a@h;user=phone").address.parameters.empty());
    CHECK(read_one("<sip:a@h;user=phone>").address.parameters.size() == 1);
    CHECK(read_one("caller<sip:a@h>").display_name == "caller");
    CHECK(read_one("A. B. C  <sip:a@h>").display_name == "A. B. C");
    CHECK(read_one("\"\"<sip:a@h>").display_name.empty());
    CHECK(read_one("\"a\\\"b\\\\c, <x>;y\" <sip:a@h>;tag=z").display_name == "a\"b\\c, <x>;y");
    CHECK(read_one("J\xc3\xb6rg <sip:a@h>").display_name == "J\xc3\xb6rg");
    CHECK(*read_one("<sip:a@h> ; Tag = x ; q=0.5").parameter("tag") == "x");
    CHECK(*read_one("<sip:a@h>;+sip.instance=\"<urn:uuid:1>\"").parameter("+sip.instance") == "<urn:uuid:1>");
    CHECK(read_one("<tel:+1234>").address.host == "+1234");
}

TEST_CASE("name-addr: broken ones are errors") {
    for (const char* text :
         {"", "<>", "<sip:a@h", "\"x <sip:a@h>", "\"x\" sip:a@h", "x y", "A, B <sip:a@h>", "<sip:a@h>x",
          "<sip:a@h>;", "<sip:a@h>;;tag=1", "< sip:a@h>", "<sip:a@h >", "sip:a@h?x=y", "<sip:a@h>, <sip:b@h>",
          "<sip:a@h>;x=\"", "sip:a@h;tag=a b", "\"a\rb\" <sip:a@h>", "a:b <sip:a@h>", "<<sip:a@h>>"}) {
        INFO(text);
        CHECK(!name_addr::parse(text));
    }
}

TEST_CASE("name-addr: lists are read one by one") {
    const std::string_view text = "\"a,b\" <sip:a@h>;q=1 , sip:b@h;x , <sip:c@h;p=1>";
    std::vector<std::string> users;
    for (std::size_t pos = 0; pos < text.size(); ++pos) {
        const auto one = name_addr::parse(text, pos);
        REQUIRE(one.has_value());
        users.push_back(one->address.user);
    }
    CHECK(users == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("name-addr: any display name and parameter survives writing; CR and LF become spaces") {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    name_addr out;
    out.address = read("sip:a@h;lr");
    out.display_name = all;
    out.set_parameter("x", all);
    out.set_parameter("tag", "abc");
    const std::string text = out.to_string();
    CHECK(text.find_first_of("\r\n") == std::string::npos);
    const auto back = name_addr::parse(text);
    REQUIRE(back.has_value());
    std::string expected = all;
    expected['\r'] = expected['\n'] = ' ';
    CHECK(back->display_name == expected);
    CHECK(*back->parameter("x") == expected);
    CHECK(*back->parameter("tag") == "abc");
    CHECK(back->to_string() == text);
}

TEST_CASE("URI: 64 parameters are read, more are refused: each is compared with all before it") {
    std::string text = "sip:a@h";
    for (int i = 0; i < 64; ++i) text += ";p" + std::to_string(i);
    REQUIRE(uri::parse(text).has_value());
    CHECK(uri::parse(text)->parameters.size() == 64);
    CHECK_FALSE(uri::parse(text + ";one").has_value());
    CHECK(uri::parse("sip:a@h" + std::string(1000, ';')).has_value());
}
