// SPDX-License-Identifier: Apache-2.0
// MESSAGE <-> page_message (RFC 7572, RFC 3428) and the bodies that real peers send.
#include "interwork/message/codec_sip.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::interwork;

namespace {

sip::message incoming(const std::string& headers, const std::string& body) {
    std::string bytes =
        "MESSAGE sip:juliet@xmpp.example SIP/2.0\r\nVia: SIP/2.0/TCP s.example;branch=z9hG4bK1\r\n"
        "From: \"Romeo M.\" <sip:romeo@sip.example>;tag=1\r\nTo: <sip:juliet@xmpp.example>\r\n"
        "Call-ID: 3@sip.example\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n" +
        headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    return std::move(sip::message::parse(std::move(bytes)).value());
}

sip_reading read(const std::string& headers, const std::string& body) {
    return read_sip(incoming(headers, body), sip::uri::parse("sip:romeo@sip.example").value());
}
page_message message(const std::string& headers, const std::string& body) {
    auto reading = read(headers, body);
    REQUIRE(std::holds_alternative<page_message>(reading));
    return std::get<page_message>(std::move(reading));
}
int status(const std::string& headers, const std::string& body) {
    const auto reading = read(headers, body);
    const auto* failure = std::get_if<sip_failure>(&reading);
    return failure ? failure->status : 0;
}
std::string header_of(const sip_reading& reading, std::string_view name) {
    for (const auto& [key, value] : std::get<sip_failure>(reading).headers)
        if (key == name) return value;
    return {};
}

page_message simple(std::string text) {
    page_message out;
    out.bodies.push_back({{}, std::move(text)});
    return out;
}
sip_envelope envelope() {
    sip_envelope out;
    out.request_uri = sip::uri::parse("sip:romeo@sip.example;gr=dr4hcr0st3lup4c").value();
    out.to = out.request_uri;
    out.from = sip::uri::parse("sip:juliet@xmpp.example;gr=yn0cl4bnw0yr3vym").value();
    out.call_id = "711609sa";
    out.from_tag = "12345";
    return out;
}
sip::message reparsed(const sip::message& m) { return std::move(sip::message::parse(m.to_bytes()).value()); }

}  // namespace

TEST_CASE("SIP message: text, subject, thread, language and display name (RFC 7572 table 2)") {
    const auto m = message("Subject: Open air\r\nContent-Language: cs, en\r\nContent-Type: text/plain\r\n",
                           "Neither, fair saint");
    CHECK(m.text() == "Neither, fair saint");
    CHECK(m.subject == "Open air");
    CHECK(m.thread == "3@sip.example");
    CHECK(m.bodies.front().language == "cs");
    CHECK(m.sender_name == "Romeo M.");
}

TEST_CASE("SIP message: charsets; bad bytes become U+FFFD, unknown charsets 415") {
    CHECK(message("Content-Type: text/plain;charset=UTF-8\r\n", "caf\xC3\xA9").text() == "caf\xC3\xA9");
    CHECK(message("Content-Type: text/plain; charset=\"utf8\"\r\n", "caf\xC3\xA9").text() == "caf\xC3\xA9");
    CHECK(message("Content-Type: text/plain;charset=ISO-8859-1\r\n", "caf\xE9").text() == "caf\xC3\xA9");
    CHECK(message("Content-Type: text/plain;charset=us-ascii\r\n", "caf\xE9").text() == "caf\xEF\xBF\xBD");
    CHECK(message("Content-Type: text/plain\r\n", std::string("a\0b", 3)).text() ==
          "a\xEF\xBF\xBD"
          "b");
    CHECK(status("Content-Type: text/plain;charset=utf-16\r\n", "x") == 415);
}

TEST_CASE("SIP message: line ends become LF") {
    CHECK(message("Content-Type: text/plain\r\n", "a\r\nb\rc\n").text() == "a\nb\nc\n");
}

TEST_CASE("SIP message: 64 kB cross whole, more than the limit is 413") {
    const std::string text(65'536, 'x');
    CHECK(message("Content-Type: text/plain\r\n", text).text() == text);
    CHECK(status("Content-Type: text/plain\r\n", std::string(131'073, 'x')) == 413);
}

TEST_CASE("SIP message: HTML becomes sanitised XHTML and a plain body") {
    const auto m =
        message("Content-Type: text/html\r\n", "<p>Hi <b onclick=x()>you</b><script>bad()</script></p>");
    CHECK(m.text() == "Hi you");
    CHECK(m.html == "<p>Hi <strong>you</strong></p>");
}

TEST_CASE("SIP message: unsupported types and codings are 415 with what is supported") {
    const auto image = read("Content-Type: image/png\r\n", "x");
    CHECK(std::get<sip_failure>(image).status == 415);
    CHECK(header_of(image, "Accept") == accepted_types);
    const auto packed = read("Content-Type: text/plain\r\nContent-Encoding: gzip\r\n", "x");
    CHECK(header_of(packed, "Accept-Encoding") == "identity");
    CHECK(status("", "text without a type") == 400);
    CHECK(status("Content-Type: nonsense\r\n", "x") == 415);
}

TEST_CASE("SIP message: typing notices, reports and empty texts are nothing to send, and no error") {
    CHECK(std::holds_alternative<nothing_to_send>(
        read("Content-Type: application/im-iscomposing+xml\r\n", "<x/>")));
    CHECK(std::holds_alternative<nothing_to_send>(read("Content-Type: message/imdn+xml\r\n", "<x/>")));
    CHECK(std::holds_alternative<nothing_to_send>(read("Content-Type: text/plain\r\n", "")));
    CHECK(std::holds_alternative<nothing_to_send>(read("", "")));
    CHECK(message("Subject: only this\r\nContent-Type: text/plain\r\n", "").subject == "only this");
}

TEST_CASE("SIP message: notices and reports are taken quietly in a wrapper or a multipart too") {
    const auto quiet = [](const std::string& headers, const std::string& body) {
        return std::holds_alternative<nothing_to_send>(read(headers, body));
    };
    const std::string wrapper =
        "From: <sip:romeo@sip.example>\r\nTo: <sip:juliet@xmpp.example>\r\n"
        "NS: imdn <urn:ietf:params:imdn>\r\nSubject: s\r\n\r\n";
    for (const char* type : {"application/im-iscomposing+xml", "message/imdn+xml"}) {
        const std::string entity = "Content-Type: " + std::string(type) + "\r\n\r\n<x/>";
        CHECK(quiet("Content-Type: message/cpim\r\n", wrapper + entity));
        CHECK(quiet("Content-Type: multipart/mixed;boundary=b\r\n", "--b\r\n" + entity + "\r\n--b--"));
        CHECK(message("Content-Type: multipart/mixed;boundary=b\r\n",
                      "--b\r\n" + entity + "\r\n--b\r\n\r\ntext\r\n--b--")
                  .text() == "text");
        // The wrapper's From is judged all the same.
        CHECK(status("Content-Type: message/cpim\r\n", "From: <sip:boss@sip.example>\r\n\r\n" + entity) ==
              403);
    }
}

TEST_CASE("SIP message: HTML of which nothing crosses is refused rather than lost") {
    CHECK(status("Content-Type: text/html\r\n", "<img src='http://x/y'>") == 415);
    CHECK(status("Content-Type: text/html\r\n", "<script>x()</script>") == 415);
    CHECK(std::holds_alternative<nothing_to_send>(read("Content-Type: text/html\r\n", " \r\n")));
    CHECK(message("Content-Type: text/html\r\n", "<img alt='a cat'>").text() == "a cat");
}

TEST_CASE("SIP message: multipart/alternative gives its plain text and keeps the markup") {
    const auto m =
        message("Content-Type: multipart/alternative;boundary=\"b 1\"\r\n",
                "preamble\r\n--b 1\r\nContent-Type: text/html\r\n\r\n<i>Hi</i>\r\n--b 1\r\n"
                "Content-Type: text/plain\r\nContent-Language: en\r\n\r\nHi\r\n--b 1--\r\nepilogue");
    CHECK(m.text() == "Hi");
    CHECK(m.html == "<em>Hi</em>");
    CHECK(m.bodies.front().language == "en");
}

TEST_CASE("SIP message: multipart/mixed joins its texts; a part that cannot cross refuses the whole") {
    const std::string type = "Content-Type: multipart/mixed;boundary=b\r\n";
    CHECK(message(type, "--b\r\n\r\none\r\n--b\n\ntwo\n--b--").text() == "one\ntwo");
    CHECK(status(type, "--b\r\n\r\none\r\n--b\r\nContent-Type: image/png\r\n\r\nPNG\r\n--b--") == 415);
    const auto optional = message(type,
                                  "--b\r\n\r\none\r\n--b\r\nContent-Type: image/png\r\n"
                                  "Content-Disposition: icon;handling=optional\r\n\r\nPNG\r\n--b--");
    CHECK(optional.text() == "one");
}

TEST_CASE("SIP message: transfer encodings inside parts") {
    const std::string type = "Content-Type: multipart/mixed;boundary=b\r\n";
    CHECK(message(type, "--b\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n--b--").text() ==
          "hello");
    CHECK(message(type, "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nca=C3=A9 =\r\nx\r\n--b--")
              .text() == "ca\xC3\xA9 x");
    CHECK(status(type, "--b\r\nContent-Transfer-Encoding: uuencode\r\n\r\nx\r\n--b--") == 415);
}

TEST_CASE("SIP message: multiparts nested too deeply, with too many parts or without boundary are 400") {
    std::string deep = "Content-Type: text/plain\r\n\r\nx\r\n";
    for (int i = 0; i < 2000; ++i)
        deep = "Content-Type: multipart/mixed;boundary=b" + std::to_string(i) + "\r\n\r\n--b" +
               std::to_string(i) + "\r\n" + deep;
    deep.resize(100'000);
    CHECK(status("Content-Type: multipart/mixed;boundary=z\r\n", "--z\r\n" + deep) == 400);
    std::string many;
    for (int i = 0; i < 100; ++i) many += "--b\r\n\r\nx\r\n";
    CHECK(status("Content-Type: multipart/mixed;boundary=b\r\n", many) == 400);
    CHECK(status("Content-Type: multipart/mixed\r\n", "--b\r\n\r\nx") == 400);
}

TEST_CASE("CPIM: unwrapped when its From is the proven sender") {
    const auto m = message("Content-Type: message/cpim\r\n",
                           "From: Romeo <im:romeo@SIP.example>\r\nTo: <im:juliet@xmpp.example>\r\n"
                           "DateTime: 2026-11-22T23:00:00+01:00\r\nSubject: the \\nhour\r\n\r\n"
                           "Content-Type: text/plain; charset=utf-8\r\n\r\nwrapped");
    CHECK(m.text() == "wrapped");
    CHECK(m.subject == "the  hour");
    REQUIRE(m.delayed_since.has_value());
    CHECK(std::chrono::system_clock::to_time_t(*m.delayed_since) == 1795384800);
}

TEST_CASE("CPIM: a From that is somebody else is 403, never delivered as him (SylkServer believed it)") {
    for (const char* from :
         {"<sip:boss@sip.example>", "<sip:romeo@other.example>", "<sip:romeo%40x@sip.example>"})
        CHECK(status("Content-Type: message/cpim\r\n",
                     "From: " + std::string(from) + "\r\n\r\nContent-Type: text/plain\r\n\r\nx") == 403);
    CHECK(status("Content-Type: message/cpim\r\n", "From: nonsense\r\n\r\n\r\nx") == 400);
    CHECK(status("Content-Type: message/cpim\r\n", "Require: Foo\r\n\r\n\r\nx") == 400);
}

TEST_CASE("CPIM: quirks of SylkServer's family (bare LF, MIME-Version, utf8, empty transfer encoding)") {
    const auto m =
        message("Content-Type: message/cpim\r\n",
                "From: \"Romeo\" <sip:romeo@sip.example>\r\n\r\nMIME-Version: 1.0\n"
                "Content-Type: text/plain; charset=\"utf8\"\nContent-Transfer-Encoding:\n\ncaf\xC3\xA9");
    CHECK(m.text() == "caf\xC3\xA9");
}

TEST_CASE("CPIM: a wrapper in a wrapper is not opened") {
    CHECK(status("Content-Type: message/cpim\r\n",
                 "From: <sip:romeo@sip.example>\r\n\r\nContent-Type: message/cpim\r\n\r\n"
                 "From: <sip:boss@sip.example>\r\n\r\n\r\nx") == 415);
}

TEST_CASE("SIP message written: AOR in From, resource only in the addresses of the callee, no Contact") {
    auto m = simple("Art thou not Romeo?");
    m.subject = "Imploring";
    m.sender_name = "Juliet \"J\" Capulet";
    m.bodies.front().language = "en";
    const auto written = write_sip(m, envelope());
    const auto out = reparsed(written);
    CHECK(out.method() == "MESSAGE");
    CHECK(out.request_uri() == "sip:romeo@sip.example;gr=dr4hcr0st3lup4c");
    const auto from = sip::name_addr::parse(*out.header("From")).value();
    CHECK(from.address.to_string() == "sip:juliet@xmpp.example");
    CHECK(from.display_name == "Juliet \"J\" Capulet");
    CHECK(*from.parameter("tag") == "12345");
    CHECK(*out.header("To") == "<sip:romeo@sip.example;gr=dr4hcr0st3lup4c>");
    CHECK(*out.header("Call-ID") == "711609sa");
    CHECK(*out.header("CSeq") == "1 MESSAGE");
    CHECK(*out.header("Subject") == "Imploring");
    CHECK(*out.header("Content-Language") == "en");
    CHECK(*out.header("Content-Type") == "text/plain;charset=UTF-8");
    CHECK_FALSE(out.header("Contact").has_value());
    CHECK(out.body() == "Art thou not Romeo?");
}

TEST_CASE("SIP message written: HTML goes beside the text where the peer takes it, and is read back") {
    auto m = simple("Hi you");
    m.html = "<p>Hi <strong>you</strong></p>";
    auto e = envelope();
    e.markup = rich_text::alternative;
    const auto out = reparsed(write_sip(m, e));
    CHECK(out.header("Content-Type")->starts_with("multipart/alternative;boundary=stox-"));
    const auto back = std::get<page_message>(read_sip(out, e.from));
    CHECK(back.text() == "Hi you");
    CHECK(back.html == m.html);
    e.markup = rich_text::html;
    const auto alone = reparsed(write_sip(m, e));
    CHECK(*alone.header("Content-Type") == "text/html;charset=UTF-8");
    CHECK(alone.body() == "<html><body><p>Hi <strong>you</strong></p></body></html>");
    CHECK(std::get<page_message>(read_sip(alone, e.from)).text() == "Hi you");
    e.markup = rich_text::none;
    CHECK(reparsed(write_sip(m, e)).body() == "Hi you");
    m.html.clear();
    e.markup = rich_text::html;
    CHECK(reparsed(write_sip(m, e)).body() == "Hi you");
}

TEST_CASE(
    "SIP message: the form of rich text that its sender takes is the one he writes, or names in Accept") {
    const auto taken = [](const std::string& headers, const std::string& body) {
        return markup_taken_by_sender(incoming(headers, body));
    };
    const std::string both =
        "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: text/html\r\n\r\nx\r\n--b--";
    CHECK(taken("Content-Type: text/plain\r\n", "x") == rich_text::none);
    CHECK(taken("Content-Type: Text/HTML;charset=UTF-8\r\n", "x") == rich_text::html);
    CHECK(taken("Content-Type: multipart/alternative;boundary=b\r\n", both) == rich_text::alternative);
    CHECK(taken("Content-Type: multipart/mixed;boundary=b\r\n", "--b\r\n\r\nx\r\n--b--") == rich_text::none);
    CHECK(taken("Content-Type: message/cpim\r\n",
                "From: <sip:romeo@sip.example>\r\n\r\nContent-Type: text/html\r\n\r\nx") == rich_text::html);
    CHECK(taken("Content-Type: text/plain\r\nAccept: text/plain, text/html;level=1\r\n", "x") ==
          rich_text::html);
    CHECK(taken("Content-Type: text/plain\r\nAccept: text/html, multipart/alternative\r\n", "x") ==
          rich_text::alternative);
    CHECK(taken("", "") == rich_text::none);
}

TEST_CASE("SIP message: hops are read from Max-Forwards, and written when they are counted") {
    CHECK(message("Content-Type: text/plain\r\n", "x").hops_left == 70);
    auto m = simple("x");
    CHECK_FALSE(write_sip(m, envelope()).header("Max-Forwards"));
    m.hops_left = 12;
    CHECK(*write_sip(m, envelope()).header("Max-Forwards") == "12");
    CHECK(m.take_hop());
    CHECK(m.hops_left == 11);
    m.hops_left = 0;
    CHECK_FALSE(m.take_hop());
    m.hops_left.reset();
    CHECK(m.take_hop());
}

TEST_CASE("SIP message written: a delayed text carries its Date") {
    auto m = simple("x");
    m.delayed_since = std::chrono::system_clock::from_time_t(1795384800);
    CHECK(*reparsed(write_sip(m, envelope())).header("Date") == "Sun, 22 Nov 2026 22:00:00 GMT");
}

TEST_CASE("Call-ID of a thread: itself where it may stand there, else a hash") {
    CHECK(call_id_for_thread("", "g.example").empty());
    CHECK(call_id_for_thread("e0ffe42b28561960c6b12b944a092794b9683a38", "g.example") ==
          "e0ffe42b28561960c6b12b944a092794b9683a38");
    CHECK(call_id_for_thread("a@b.example", "g.example") == "a@b.example");
    for (const std::string& thread :
         {std::string("two words"), std::string("a@b@c"), std::string("@x"), std::string("a\r\nTo: x"),
          std::string("caf\xC3\xA9"), std::string(129, 'x')}) {
        const auto id = call_id_for_thread(thread, "g.example");
        CHECK(id.size() == 52 + 10);
        CHECK(id.ends_with("@g.example"));
    }
    CHECK(call_id_for_thread("two words", "g") == call_id_for_thread("two words", "g"));
}
