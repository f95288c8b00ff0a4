// SPDX-License-Identifier: Apache-2.0
// <message/> <-> page_message (RFC 7572), and which stanzas never cross.
#include "interwork/message/codec_xmpp.hpp"

#include <catch2/catch.hpp>

#include "xml/reader.hpp"

using namespace stox;
using namespace stox::interwork;

namespace {

xmpp_reading read(const std::string& attributes, const std::string& children) {
    xml::document tree;
    const auto fault = xml::parse_document(
        "<message xmlns='jabber:server' from='romeo@x.example/orchard' "
        "to='juliet@s.example' " +
            attributes + ">" + children + "</message>",
        tree);
    REQUIRE_FALSE(fault.has_value());
    return read_xmpp(tree.document_element());
}
page_message message(const std::string& attributes, const std::string& children) {
    auto reading = read(attributes, children);
    REQUIRE(std::holds_alternative<page_message>(reading));
    return std::get<page_message>(std::move(reading));
}
bool is_nothing(const std::string& attributes, const std::string& children) {
    return std::holds_alternative<nothing_to_send>(read(attributes, children));
}
std::string condition(const std::string& attributes, const std::string& children) {
    const auto reading = read(attributes, children);
    const auto* error = std::get_if<xmpp::stanza_error>(&reading);
    return error ? error->condition : "";
}

page_message simple(std::string text) {
    page_message out;
    out.bodies.push_back({{}, std::move(text)});
    return out;
}
xmpp_envelope envelope() {
    xmpp_envelope out;
    out.from = xmpp::jid::parse("romeo@sip.example").value();
    out.to = xmpp::jid::parse("juliet@xmpp.example/balcony").value();
    out.id = "m1";
    return out;
}

}  // namespace

TEST_CASE("stanza: body, subject, thread, id, language, type and nick") {
    const auto m = message("id='a1' type='chat' xml:lang='en'",
                           "<subject>Hi</subject><body>Art thou?</body><thread>t1</thread>"
                           "<nick xmlns='http://jabber.org/protocol/nick'>Romeo</nick>"
                           "<request xmlns='urn:xmpp:receipts'/>");
    CHECK(m.text() == "Art thou?");
    CHECK(m.bodies.front().language == "en");
    CHECK(m.subject == "Hi");
    CHECK(m.thread == "t1");
    CHECK(m.id == "a1");
    CHECK(m.chat);
    CHECK(m.sender_name == "Romeo");
    CHECK(m.receipt_requested);
}

TEST_CASE("stanza: of several languages the stanza's own goes first, one per language") {
    const auto m =
        message("xml:lang='en'", "<body xml:lang='cs'>cz</body><body>en</body><body xml:lang='cs'>2</body>");
    REQUIRE(m.bodies.size() == 2);
    CHECK(m.bodies[0].text == "en");
    CHECK(m.bodies[1].language == "cs");
    CHECK(m.bodies[1].text == "cz");
}

TEST_CASE("stanza: chat states, receipts, markers and errors are nothing to send") {
    CHECK(is_nothing("type='chat'", "<composing xmlns='http://jabber.org/protocol/chatstates'/>"));
    CHECK(is_nothing("", "<received xmlns='urn:xmpp:receipts' id='1'/>"));
    CHECK(is_nothing("", "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>"));
    CHECK(is_nothing("", "<body/>"));
    CHECK(is_nothing("type='error'", "<body>x</body><error type='cancel'/>"));
}

TEST_CASE("stanza: headline and unknown types are messages, groupchat is refused in words") {
    CHECK(message("type='headline'", "<body>x</body>").text() == "x");
    CHECK(message("type='nonsense'", "<body>x</body>").text() == "x");
    CHECK(condition("type='groupchat'", "<body>x</body>") == "feature-not-implemented");
}

TEST_CASE("stanza: carbons, archives and forwarded messages are never unwrapped (CVE-2017-5589)") {
    const std::string inner =
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='boss@x.example'>"
        "<body>evil</body></message></forwarded>";
    CHECK(is_nothing("", "<received xmlns='urn:xmpp:carbons:2'>" + inner + "</received>"));
    CHECK(is_nothing("", "<result xmlns='urn:xmpp:mam:2' id='1'>" + inner + "</result>"));
    CHECK(is_nothing("", inner));
    CHECK(message("", inner + "<body>outer</body>").text() == "outer");
}

TEST_CASE("stanza: a body of another namespace is no body") {
    CHECK(is_nothing("", "<body xmlns='urn:example:other'>x</body>"));
}

TEST_CASE("stanza: ciphertext is refused with words, even beside a fallback body") {
    const std::string omemo = "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/>";
    CHECK(condition("",
                    omemo + "<payload>AA==</payload></encrypted><body>I sent you an OMEMO message</body>") ==
          "not-acceptable");
    CHECK(condition(
              "", "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/><payload>A</payload></encrypted>") ==
          "not-acceptable");
    CHECK(condition("", "<openpgp xmlns='urn:xmpp:openpgp:0'>AA</openpgp><body>x</body>") ==
          "not-acceptable");
    CHECK(condition("", "<x xmlns='jabber:x:encrypted'>AA</x><body>x</body>") == "not-acceptable");
    CHECK(condition("", "<body>?OTR:AAMDJ+MVmSfjFZcA</body>") == "not-acceptable");
    CHECK(condition("", "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:x'/><body>x</body>") ==
          "not-acceptable");
}

TEST_CASE("stanza: OMEMO key management without text is nothing to send") {
    CHECK(is_nothing("",
                     "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>"
                     "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/>"));
}

TEST_CASE("stanza: XHTML-IM is sanitised and stands in for a missing body") {
    const std::string html =
        "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>"
        "<p onclick='x()'>Hi <a href='javascript:x()'>you</a></p></body></html>";
    const auto m = message("", html + "<body>plain</body>");
    CHECK(m.text() == "plain");
    CHECK(m.html == "<p>Hi <a>you</a></p>");
    CHECK(message("", html).text() == "Hi you");
}

TEST_CASE("stanza: the subject goes with the body that is shown (RFC 6121 sections 5.2.3 and 5.2.4)") {
    const std::string bodies = "<body>Hello</body><body xml:lang='cs'>Ahoj</body>";
    const std::string subjects = "<subject xml:lang='cs'>Rano</subject><subject>Morning</subject>";
    CHECK(message("xml:lang='en'", subjects + bodies).subject == "Morning");
    CHECK(message("xml:lang='cs'",
                  "<subject xml:lang='en'>Morning</subject><subject>Rano</subject>"
                  "<body xml:lang='en'>Hello</body><body>Ahoj</body>")
              .subject == "Rano");
    CHECK(message("", "<subject xml:lang='cs'>Rano</subject><body xml:lang='en'>x</body>").subject == "Rano");
    CHECK(message("xml:lang='en'",
                  "<subject xml:lang='cs'>Rano</subject><subject>Morning</subject>"
                  "<body xml:lang='cs'>Ahoj</body>")
              .subject == "Rano");
}

TEST_CASE("stanza: hops are counted in a Max-Forwards header (XEP-0131)") {
    const auto headers = [](const std::string& value) {
        return "<body>x</body><headers xmlns='http://jabber.org/protocol/shim'><header "
               "name='Keywords'>3</header>"
               "<header name='Max-Forwards'>" +
               value + "</header></headers>";
    };
    CHECK(message("", headers("17")).hops_left == 17);
    CHECK(message("", headers(" 0 ")).hops_left == 0);
    for (const char* bad : {"", "-1", "x", "256", "1e3"}) CHECK_FALSE(message("", headers(bad)).hops_left);
    CHECK_FALSE(message("", "<body>x</body>").hops_left);
    auto m = simple("x");
    m.hops_left = 17;
    xmpp_envelope e;
    e.from = xmpp::jid::parse("romeo@sip.example").value();
    e.to = xmpp::jid::parse("juliet@xmpp.example").value();
    const auto written = write_xmpp(m, e);
    CHECK(written.find(
              "<headers xmlns='http://jabber.org/protocol/shim'><header name='Max-Forwards'>17</header>"
              "</headers>") != std::string::npos);
}

TEST_CASE("stanza: a link without a body crosses as its address; a subject alone crosses") {
    CHECK(message("", "<x xmlns='jabber:x:oob'><url>https://u.example/f.png</url></x>").text() ==
          "https://u.example/f.png");
    CHECK(message("", "<subject>s</subject>").subject == "s");
}

TEST_CASE("stanza: delay") {
    const auto m =
        message("", "<body>x</body><delay xmlns='urn:xmpp:delay' stamp='2026-11-22T22:00:00.123Z'/>");
    REQUIRE(m.delayed_since.has_value());
    CHECK(std::chrono::system_clock::to_time_t(*m.delayed_since) == 1795384800);
    for (const char* stamp : {"soon", "7067-11-22T22:00:00Z", "1969-12-31T23:59:59Z", "2026-02-30T00:00:00Z"})
        CHECK_FALSE(
            message("", "<body>x</body><delay xmlns='urn:xmpp:delay' stamp='" + std::string(stamp) + "'/>")
                .delayed_since.has_value());
}

TEST_CASE("stanza: texts over the limit are policy-violation") {
    CHECK(condition("", "<body>" + std::string(131'073, 'x') + "</body>") == "policy-violation");
    CHECK(message("", "<body>" + std::string(65'536, 'x') + "</body>").text().size() == 65'536);
}

TEST_CASE("stanza written: no type means normal (RFC 7572 table 2), chat where configured") {
    auto m = simple("Neither, fair saint");
    m.subject = "Re";
    m.thread = "c1@sip.example";
    CHECK(write_xmpp(m, envelope()) ==
          "<message from='romeo@sip.example' to='juliet@xmpp.example/balcony' id='m1'><subject>Re</subject>"
          "<body>Neither, fair saint</body><thread>c1@sip.example</thread></message>");
    auto e = envelope();
    e.chat = true;
    CHECK(write_xmpp(m, e).find(" type='chat'") != std::string::npos);
}

TEST_CASE("stanza written: language, receipt request, delay, nick and XHTML-IM in their namespaces") {
    auto m = simple("Hi");
    m.bodies.front().language = "cs";
    m.bodies.push_back({"en", "Hello"});
    m.sender_name = "Romeo <\"M\">";
    m.html = "<p>Hi <strong>you</strong></p>";
    m.delayed_since = std::chrono::system_clock::from_time_t(1795384800);
    auto e = envelope();
    e.request_receipt = true;
    xml::document tree;
    REQUIRE_FALSE(xml::parse_document(write_xmpp(m, e), tree).has_value());
    const auto root = tree.document_element();
    CHECK(xml::attribute(root, "xml:lang") == "cs");
    CHECK(xml::attribute(root.last_child(), "xmlns") == "urn:xmpp:receipts");
    const auto back = std::get<page_message>(read_xmpp(root));
    CHECK(back.bodies.size() == 2);
    CHECK(back.bodies[1].text == "Hello");
    CHECK(back.sender_name == m.sender_name);
    CHECK(back.html == m.html);
    CHECK(back.delayed_since == m.delayed_since);
    e.with_html = false;
    CHECK(write_xmpp(m, e).find("xhtml") == std::string::npos);
}
