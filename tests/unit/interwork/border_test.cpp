// SPDX-License-Identifier: Apache-2.0
// Crossing the border: every field x every hostile value x both directions. Whatever was put in, the output
// parses again, means what was intended, and holds no header, attribute or element more than an innocent
// message would.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "identity/address_map.hpp"
#include "interwork/common/encode.hpp"
#include "interwork/common/error_map.hpp"
#include "interwork/message/codec_sip.hpp"
#include "interwork/message/codec_xmpp.hpp"
#include "xml/reader.hpp"

using namespace stox;
using namespace stox::interwork;

namespace {

struct hostile_value {
    const char* name;
    std::string bytes;
};

const std::vector<hostile_value>& hostile_values() {
    static const std::vector<hostile_value> values{
        {"CR LF and a header", "a\r\nVia: SIP/2.0/UDP evil\r\nRoute: <sip:evil>\r\n\r\nbody"},
        {"bare LF", "a\nFrom: <sip:boss@b.example>"},
        {"bare CR", "a\rTo: <sip:x@y.example>"},
        {"NUL", std::string("a\0b", 3)},
        {"bad UTF-8", "a\xFF\xC3\x28\xED\xA0\x80z"},
        {"quotes", "\"a\\\" 'b' \\"},
        {"markup", "</body><error type='cancel'/>&<>&amp;]]><![CDATA["},
        {"percent escapes", "a%0d%0aTo:%20x%00%3C%3E"},
        {"line separators",
         "a\xE2\x80\xA8"
         "b\xE2\x80\xA9"
         "c\xC2\x85"
         "d"},
        {"right-to-left override",
         "\xE2\x80\xAE"
         "evil\xE2\x80\xAC"},
        {"64 kB", std::string(65'536, 'x')},
        {"empty", ""},
        {"separators", "a;tag=1,<sip:b@c>;q=1?Subject=x@y"},
    };
    return values;
}

/// What a body may become: XML text with LF line ends.
std::string as_body(std::string_view bytes) {
    std::string out;
    const std::string valid = to_xml_text(bytes);
    for (std::size_t i = 0; i < valid.size(); ++i) {
        if (valid[i] == '\r' && i + 1 < valid.size() && valid[i + 1] == '\n') continue;
        out.push_back(valid[i] == '\r' ? '\n' : valid[i]);
    }
    return out;
}

page_message innocent() {
    page_message out;
    out.id = "i";
    out.sender_name = "n";
    out.subject = "s";
    out.thread = "t";
    out.bodies.push_back({"en", "b"});
    return out;
}

/// The fields of the neutral value, by name.
const std::vector<std::pair<const char*, std::function<std::string&(page_message&)>>>& fields() {
    static const std::vector<std::pair<const char*, std::function<std::string&(page_message&)>>> all{
        {"display name", [](page_message& m) -> std::string& { return m.sender_name; }},
        {"subject", [](page_message& m) -> std::string& { return m.subject; }},
        {"thread", [](page_message& m) -> std::string& { return m.thread; }},
        {"body", [](page_message& m) -> std::string& { return m.bodies.front().text; }},
        {"language", [](page_message& m) -> std::string& { return m.bodies.front().language; }},
        {"id", [](page_message& m) -> std::string& { return m.id; }},
        {"markup", [](page_message& m) -> std::string& { return m.html; }},
    };
    return all;
}

sip_envelope sip_out() {
    sip_envelope out;
    out.request_uri = out.to = sip::uri::parse("sip:romeo@sip.example").value();
    out.from = sip::uri::parse("sip:juliet@xmpp.example").value();
    out.from_tag = "t1";
    return out;
}
xmpp_envelope xmpp_out() {
    xmpp_envelope out;
    out.from = xmpp::jid::parse("romeo@sip.example").value();
    out.to = xmpp::jid::parse("juliet@xmpp.example").value();
    return out;
}

const std::set<std::string> request_headers{
    "From", "To", "Call-ID", "CSeq", "Subject", "Date", "Content-Type", "Content-Language", "Content-Length"};

void check_sip(const sip::message& written, const std::string& body) {
    const auto back = sip::message::parse(written.to_bytes());
    REQUIRE(back.has_value());
    std::set<std::string> seen;
    for (const auto& field : back->headers()) {
        CHECK(request_headers.count(std::string(field.name)) == 1);
        CHECK(seen.insert(std::string(field.name)).second);
        CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    }
    CHECK(back->method() == "MESSAGE");
    CHECK(back->request_uri() == "sip:romeo@sip.example");
    CHECK(sip::name_addr::parse(*back->header("From"))->address.to_string() == "sip:juliet@xmpp.example");
    CHECK(*sip::name_addr::parse(*back->header("From"))->parameter("tag") == "t1");
    CHECK(*back->header("To") == "<sip:romeo@sip.example>");
    CHECK(*back->header("CSeq") == "1 MESSAGE");
    CHECK(back->body() == body);
}

const std::set<std::string> stanza_children{"body", "subject", "thread", "nick", "html", "headers"};
const std::set<std::string> stanza_attributes{"from", "to", "id", "xml:lang"};

xml::document check_stanza(const std::string& written) {
    xml::document tree;
    REQUIRE_FALSE(xml::parse_document(written, tree).has_value());
    const auto root = tree.document_element();
    CHECK(std::string_view(root.name()) == "message");
    for (const auto& attribute : root.attributes()) CHECK(stanza_attributes.count(attribute.name()) == 1);
    std::set<std::string> seen;
    for (const auto& child : root.children()) {
        CHECK(stanza_children.count(child.name()) == 1);
        CHECK(seen.insert(child.name()).second);
        const std::string_view name = child.name();
        if (name == "headers") CHECK(parse_decimal<int>(xml::text_of(child.first_child()), 255));
        if (name != "html" && name != "headers")
            CHECK(child.find_child([](auto c) { return c.type() == pugi::node_element; }).empty());
    }
    CHECK(xml::attribute(root, "from") == "romeo@sip.example");
    CHECK(xml::attribute(root, "to") == "juliet@xmpp.example");
    return tree;
}

}  // namespace

TEST_CASE("border: neutral value -> SIP, every field x every hostile value") {
    for (const auto& [name, field] : fields())
        for (const auto& value : hostile_values()) {
            INFO(name << " x " << value.name);
            auto m = innocent();
            field(m) = value.bytes;
            auto envelope = sip_out();
            envelope.call_id = call_id_for_thread(m.thread, "gw.example.net");
            if (envelope.call_id.empty()) envelope.call_id = "fresh";
            const auto written = write_sip(m, envelope);
            check_sip(written, m.text());
            const auto back = std::move(sip::message::parse(written.to_bytes()).value());
            const auto from = sip::name_addr::parse(*back.header("From")).value();
            CHECK(from.display_name == one_line(m.sender_name, 256));
            CHECK(back.header("Subject").value_or("") == one_line(m.subject));
        }
}

TEST_CASE("border: neutral value -> XMPP, every field x every hostile value") {
    for (const auto& [name, field] : fields())
        for (const auto& value : hostile_values()) {
            INFO(name << " x " << value.name);
            auto m = innocent();
            field(m) = value.bytes;
            auto envelope = xmpp_out();
            envelope.id = m.id;
            const auto tree = check_stanza(write_xmpp(m, envelope));
            const auto root = tree.document_element();
            CHECK(xml::text_of(root.child("body")) == to_xml_text(m.text()));
            CHECK(xml::text_of(root.child("subject")) == one_line(m.subject));
            CHECK(xml::text_of(root.child("thread")) == one_line(m.thread, 256));
            CHECK(xml::text_of(root.child("nick")) == one_line(m.sender_name, 256));
            CHECK(xml::attribute(root, "id") == one_line(m.id));
        }
}

TEST_CASE("border: SIP wire -> XMPP wire, every header x every hostile value that SIP can carry") {
    for (const char* header :
         {"From", "Subject", "Call-ID", "Content-Language", "Content-Type", "Organization"})
        for (const auto& value : hostile_values()) {
            INFO(header << " x " << value.name);
            std::string one = value.bytes.substr(0, 8192);
            std::replace(one.begin(), one.end(), '\r', ' ');
            std::replace(one.begin(), one.end(), '\n', ' ');
            auto request = sip::message::request("MESSAGE", "sip:juliet@xmpp.example");
            request.add("From", "<sip:romeo@sip.example>;tag=1");
            request.add("Call-ID", "c");
            request.set_body("text/plain", value.bytes);
            request.set(header, one);
            auto parsed = sip::message::parse(request.to_bytes());
            if (!parsed) continue;
            const auto reading = read_sip(*parsed, sip::uri::parse("sip:romeo@sip.example").value());
            const auto* m = std::get_if<page_message>(&reading);
            if (!m) continue;
            const auto tree = check_stanza(write_xmpp(*m, xmpp_out()));
            CHECK(xml::text_of(tree.document_element().child("body")) == as_body(parsed->body()));
        }
}

TEST_CASE("border: XMPP wire -> SIP wire, every element x every hostile value that XML can carry") {
    for (const char* place : {"body", "subject", "thread", "nick", "id", "lang", "type", "html"})
        for (const auto& value : hostile_values()) {
            INFO(place << " x " << value.name);
            const std::string text = to_xml_text(value.bytes);
            xml::document source;
            auto stanza = source.append_child("message");
            const std::string_view where(place);
            if (where == "id") xml::set_attribute(stanza, "id", text);
            if (where == "lang") xml::set_attribute(stanza, "xml:lang", text);
            if (where == "type") xml::set_attribute(stanza, "type", text);
            if (where == "nick")
                xml::add_text(xml::add_child(stanza, "http://jabber.org/protocol/nick", "nick"), text);
            if (where == "html") {
                auto html = xml::add_child(stanza, "http://jabber.org/protocol/xhtml-im", "html");
                xml::add_text(xml::add_child(html, "http://www.w3.org/1999/xhtml", "body"), text);
            }
            if (where == "subject" || where == "thread") xml::add_text(stanza.append_child(place), text);
            xml::add_text(stanza.append_child("body"), where == "body" ? text : "b");
            xml::document received;
            REQUIRE_FALSE(xml::parse_document(xml::to_bytes(stanza), received).has_value());
            const auto reading = read_xmpp(received.document_element());
            const auto* m = std::get_if<page_message>(&reading);
            if (!m) continue;
            auto envelope = sip_out();
            envelope.call_id = call_id_for_thread(m->thread, "gw.example.net");
            if (envelope.call_id.empty()) envelope.call_id = "fresh";
            check_sip(write_sip(*m, envelope), where == "body" ? as_body(text) : "b");
        }
}

TEST_CASE("border: users and resources, both ways, parse again as one URI and one JID") {
    for (const auto& value : hostile_values()) {
        INFO(value.name);
        sip::uri there;
        there.scheme = "sip";
        there.has_user = true;
        there.host = "sip.example";
        there.user = sip::encode_user(value.bytes);
        there.set_parameter("gr", sip::encode_parameter(value.bytes.substr(0, 900)));
        if (const auto jid = identity::jid_from_uri(there)) {
            const auto again = xmpp::jid::parse(jid->to_string());
            REQUIRE(again.has_value());
            CHECK(*again == *jid);
            CHECK(jid->domain() == "sip.example");
        }
        const auto jid = xmpp::jid::make(identity::escape_local(value.bytes), "xmpp.example", value.bytes);
        if (!jid) continue;
        if (const auto uri = identity::uri_from_jid(*jid)) {
            const auto again = sip::uri::parse(uri->to_string());
            REQUIRE(again.has_value());
            CHECK(again->host == "xmpp.example");
            CHECK(again->headers.empty());
            CHECK(again->parameters.size() <= 1);
        }
    }
}

TEST_CASE("border: error texts, both ways") {
    for (const auto& value : hostile_values()) {
        INFO(value.name);
        auto error = xmpp::stanza_error::of("not-acceptable", value.bytes);
        auto request = sip::message::request("MESSAGE", "sip:a@b.example");
        request.add("Via", "SIP/2.0/UDP h;branch=z9hG4bK1");
        request.add("Call-ID", "c");
        const auto failure = to_sip(error);
        auto response = sip::message::response(request, failure.status, failure.reason);
        failure.apply_to(response);
        const auto back = sip::message::parse(response.to_bytes());
        REQUIRE(back.has_value());
        for (const auto& field : back->headers()) {
            const std::string_view name = field.name;
            CHECK((name == "Via" || name == "Call-ID" || name == "Warning" || name == "Content-Length"));
        }
        CHECK(failure_text(*back) ==
              (one_line(value.bytes).empty() ? "Not Acceptable" : one_line(value.bytes, 512)));
        CHECK(to_stanza_error(480, value.bytes).text == one_line(value.bytes, 512));
    }
}
