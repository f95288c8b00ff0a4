// SPDX-License-Identifier: Apache-2.0
// XEP-0071 section 7: what of HTML may reach a client, from the harmless to the hostile.
#include "interwork/message/xhtml.hpp"

#include <catch2/catch.hpp>

#include "xml/reader.hpp"

using namespace stox;
using interwork::sanitise_html;

namespace {

bool is_well_formed(const std::string& fragment) {
    xml::document tree;
    xml::limits wide;
    wide.elements = 1'000'000;
    wide.stanza_bytes = 64'000'000;
    return !xml::parse_document("<body xmlns='http://www.w3.org/1999/xhtml'>" + fragment + "</body>", tree,
                                wide);
}

}  // namespace

TEST_CASE("HTML: allowed elements, attributes and styles stay") {
    const std::string html =
        "<p style=\"color: red\">a <em>b</em> <a "
        "href=\"https://x.example/?a=1&amp;b=2\">c</a></p><ul><li>d</li></ul>";
    CHECK(sanitise_html(html).xhtml == html);
    CHECK(sanitise_html(html).text == "a b c\nd");
}

TEST_CASE(
    "HTML: presentational tags become their XHTML-IM equals, unknown ones fall away with their text kept") {
    CHECK(sanitise_html("<DIV><B>x</B><I>y</I><font size=7>z</font></DIV>").xhtml ==
          "<p><strong>x</strong><em>y</em>z</p>");
    CHECK(sanitise_html("<h1>t</h1>").xhtml == "<p>t</p>");
}

TEST_CASE("HTML: nothing that runs, fetches or covers survives") {
    struct row {
        const char *in, *out;
    };
    const auto r = GENERATE(values<row>({
        {"<p><script>alert(1)</script>x</p>", "<p>x</p>"},
        {"<p><SCRIPT>a</SCRIPT >x</p>", "<p>x</p>"},
        {"<p onmouseover=a()>x</p>", "<p>x</p>"},
        {"<a href=javascript:a()>x</a>", "<a>x</a>"},
        {"<a href=' javascript:a()'>x</a>", "<a>x</a>"},
        {"<a href='java&#10;script:a()'>x</a>", "<a>x</a>"},
        {"<a href='data:text/html,x'>x</a>", "<a>x</a>"},
        {"<a href='https://x.example/' href='javascript:a()'>x</a>", "<a href=\"https://x.example/\">x</a>"},
        {"<p style='background:url(https://t.example/p)'>x</p>", "<p>x</p>"},
        {"<p style='position:fixed;color:red'>x</p>", "<p style=\"color: red\">x</p>"},
        {"<p style='color:expression(a())'>x</p>", "<p>x</p>"},
        {"<p>a<img src='https://t.example/p.png' alt='<pic>'>b</p>", "<p>a&lt;pic&gt;b</p>"},
        {"<p>a<iframe src=x>in</iframe>b</p>", "<p>ab</p>"},
        {"<p>a<!-- <b>x</b> -->b</p>", "<p>ab</p>"},
        {"<p>a<!-- never closed", "<p>a</p>"},
        {"<p>&lt;script&gt;</p>", "<p>&lt;script&gt;</p>"},
        {"<p>&#0;&#xD800;&#x110000;</p>", "<p>\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD</p>"},
    }));
    INFO(r.in);
    CHECK(sanitise_html(r.in).xhtml == r.out);
}

TEST_CASE("HTML: tag soup comes out well-formed") {
    for (const char* soup :
         {"<p>a<p>b", "<b><i>x</b>y</i>", "</p></p>x<br>", "<a href=x", "<", "<p", "<p a='", "<<p>>",
          "<ul><li>a<li>b</ul>", "<p/>x", "a < b && c > d <b>", "<p\0x>", "<br/><br>", "<x:p>y</x:p>",
          "<p =x>y</p>", "&unknown; &amp &#; &#x;"}) {
        INFO(soup);
        CHECK(is_well_formed(sanitise_html(soup).xhtml));
    }
}

TEST_CASE("HTML: text without any markup has no XHTML form, only text") {
    const auto out = sanitise_html("<html><body>just text</body></html>");
    CHECK(out.xhtml.empty());
    CHECK(out.text == "just text");
}

TEST_CASE("HTML: breaks and blocks end lines, other white space is one space") {
    CHECK(sanitise_html("a  \n b<br>c<p>d</p>e").text == "a b\nc\nd\ne");
}

TEST_CASE("HTML: depth is bounded and time linear") {
    std::string deep, unclosed;
    for (int i = 0; i < 20'000; ++i) deep += "<b><p>";
    for (int i = 0; i < 40'000; ++i) unclosed += "<a b";
    CHECK(is_well_formed(sanitise_html(deep + "x").xhtml));
    CHECK(is_well_formed(sanitise_html(unclosed).xhtml));
    CHECK(is_well_formed(sanitise_html(std::string(262'144, '<')).xhtml));
    CHECK(is_well_formed(sanitise_html(std::string(262'144, '&')).xhtml));
}
