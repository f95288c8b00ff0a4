// SPDX-License-Identifier: Apache-2.0
#include "xml/element.hpp"

#include <catch2/catch.hpp>

#include "xml/reader.hpp"

using namespace stox::xml;

TEST_CASE("element: namespaces are inherited and written where they change") {
    document d;
    auto message = add_child(d, "", "message");
    auto body = add_child(message, "", "body");
    add_text(body, "hi");
    auto x = add_child(message, "urn:x", "x");
    auto y = add_child(x, "urn:x", "y");
    auto z = add_child(y, "", "z");
    CHECK(to_bytes(message) == "<message><body>hi</body><x xmlns='urn:x'><y><z xmlns=''/></y></x></message>");
    CHECK(to_bytes(y) == "<y xmlns='urn:x'><z xmlns=''/></y>");
    CHECK(to_bytes(y, "urn:x") == "<y><z xmlns=''/></y>");
    CHECK(namespace_of(y) == "urn:x");
    CHECK(namespace_of(z).empty());
    CHECK(namespace_of(body, "jabber:server") == "jabber:server");
    CHECK(is(y, "urn:x", "y"));
    CHECK_FALSE(is(y, "urn:x", "x"));
    CHECK_FALSE(is(element(), "", ""));
    CHECK(child(message, "urn:x", "x") == x);
    CHECK_FALSE(child(message, "", "x"));
    CHECK(text_of(body) == "hi");
    CHECK(attribute(body, "none").empty());
}

TEST_CASE("element: the stream's namespace is left out on the root only") {
    document d;
    REQUIRE_FALSE(
        parse_document("<iq xmlns='jabber:server'><q xmlns='urn:q'><iq xmlns='jabber:server'/></q></iq>", d));
    CHECK(to_bytes(d.first_child(), "jabber:server") ==
          "<iq><q xmlns='urn:q'><iq xmlns='jabber:server'/></q></iq>");
    CHECK(to_bytes(d.first_child(), "jabber:component:accept") ==
          "<iq xmlns='jabber:server'><q xmlns='urn:q'><iq xmlns='jabber:server'/></q></iq>");
}

TEST_CASE("element: every value survives writing and reading") {
    const std::string all_ascii = [] {
        std::string s;
        for (char c = 1; c > 0 && c < 127; ++c) s += c;
        return s;
    }();
    for (const std::string& value :
         {std::string("a\r\nb\rc\nd\te"), std::string("]]>"), std::string("<&>\"'"), all_ascii,
          std::string("\0x", 2), std::string("\xC0\x80\xFF"), std::string("\xEF\xBF\xBE"),
          std::string("\xED\xA0\x80"), std::string("  "), std::string("\xF0\x9F\x98\x80"),
          std::string("\xE2\x80\xA8"), std::string()}) {
        document d;
        auto e = add_child(d, "urn:x", "e");
        set_attribute(e, "a", value);
        add_text(e, value);
        const auto bytes = to_bytes(e);
        document again;
        REQUIRE_FALSE(parse_document(bytes, again));
        CHECK(to_bytes(again.first_child()) == bytes);
        CHECK(text_of(again.first_child()) == text_of(e));
        CHECK(attribute(again.first_child(), "a") == attribute(e, "a"));
        const bool is_clean = value.find('\0') == std::string::npos &&
                              value.find('\x01') == std::string::npos &&
                              value.find_first_of("\xC0\xED") == std::string::npos && value != "\xEF\xBF\xBE";
        if (is_clean) CHECK(text_of(again.first_child()) == value);
    }
}

TEST_CASE("element: an attribute set again is replaced") {
    document d;
    auto e = add_child(d, "", "e");
    set_attribute(e, "a", "1");
    set_attribute(e, "a", "2");
    CHECK(to_bytes(e) == "<e a='2'/>");
}
