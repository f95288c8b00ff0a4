// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/codec_xmpp.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "interwork/common/encode.hpp"
#include "interwork/message/cpim.hpp"
#include "interwork/message/xhtml.hpp"
#include "xml/reader.hpp"

namespace stox::interwork {
namespace {

constexpr std::string_view xhtml_im = "http://jabber.org/protocol/xhtml-im";
constexpr std::string_view xhtml = "http://www.w3.org/1999/xhtml";
constexpr std::string_view shim = "http://jabber.org/protocol/shim";

// A child in the stream's own content namespace, whichever of the three that is.
bool is_content(xml::element child, std::string_view name) {
    if (name != child.name()) return false;
    const auto ns = xml::attribute(child, "xmlns");
    return ns.empty() || ns == "jabber:client" || ns == "jabber:server" || ns == "jabber:component:accept";
}

bool is_extension(xml::element child, std::string_view ns, std::string_view name) {
    return name == child.name() && xml::attribute(child, "xmlns") == ns;
}

xml::element extension(xml::element stanza, std::string_view ns, std::string_view name) {
    for (auto child : stanza.children())
        if (is_extension(child, ns, name)) return child;
    return {};
}

bool is_omemo(std::string_view ns) {
    return ns == "eu.siacs.conversations.axolotl" || ns.starts_with("urn:xmpp:omemo:");
}

// What kind of ciphertext the stanza carries for its reader, "" for none. An OMEMO element without payload is
// key management between clients and holds no text.
std::string ciphertext(xml::element stanza) {
    std::string hinted;
    for (auto child : stanza.children()) {
        const auto ns = xml::attribute(child, "xmlns");
        const std::string_view name = child.name();
        if (name == "encrypted" && is_omemo(ns) && child.child("payload")) return "OMEMO";
        if (name == "openpgp" && ns == "urn:xmpp:openpgp:0") return "OpenPGP";
        if (name == "x" && ns == "jabber:x:encrypted") return "OpenPGP";
        if (is_content(child, "body") && xml::text_of(child).starts_with("?OTR")) return "OTR";
        // XEP-0380: encrypted by something else that still says so.
        if (name == "encryption" && ns == "urn:xmpp:eme:0" && !is_omemo(xml::attribute(child, "namespace")))
            hinted = "end-to-end";
    }
    return hinted;
}

std::string with_lf(std::string text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        out.push_back(text[i] == '\r' ? '\n' : text[i]);
    }
    return out;
}

// RFC 6121 section 5.2.3: one body per language, all of the same meaning; the one in the stanza's own
// language goes first.
void read_bodies(xml::element stanza, page_message& into) {
    const std::string outer = language_tag(xml::attribute(stanza, "xml:lang"));
    for (auto child : stanza.children()) {
        if (!is_content(child, "body") || into.bodies.size() >= 16) continue;
        const auto own = xml::attribute(child, "xml:lang");
        localized_text body{own.empty() ? outer : language_tag(own), with_lf(xml::text_of(child))};
        const bool known = std::any_of(into.bodies.begin(), into.bodies.end(),
                                       [&body](const auto& b) { return iequals(b.language, body.language); });
        if (known || body.text.empty()) continue;
        const bool first = iequals(body.language, outer);
        into.bodies.insert(first ? into.bodies.begin() : into.bodies.end(), std::move(body));
    }
}

// The subject in the language of the body that is shown, else in the stanza's own, else the first one.
void read_subject(xml::element stanza, page_message& into) {
    const std::string outer = language_tag(xml::attribute(stanza, "xml:lang"));
    const std::string shown = into.bodies.empty() ? outer : into.bodies.front().language;
    int best = 0;
    for (auto child : stanza.children()) {
        if (!is_content(child, "subject")) continue;
        const auto own = xml::attribute(child, "xml:lang");
        const std::string language = own.empty() ? outer : language_tag(own);
        const int fit = iequals(language, shown) ? 3 : iequals(language, outer) ? 2 : 1;
        if (fit <= best) continue;
        best = fit;
        into.subject = one_line(xml::text_of(child));
    }
}

void read_markup(xml::element stanza, page_message& into) {
    const auto html = extension(stanza, xhtml_im, "html");
    xml::element root;
    for (auto child : html.children())
        if (!root && is_extension(child, xhtml, "body")) root = child;
    if (!root) return;
    auto safe = sanitise_html(xml::to_bytes(root, xhtml));
    into.html = std::move(safe.xhtml);
    if (into.bodies.empty() && !safe.text.empty()) into.bodies.push_back({{}, std::move(safe.text)});
}

// A link without a body (XEP-0066) is a text all the same.
void read_link(xml::element stanza, page_message& into) {
    const auto link = extension(stanza, "jabber:x:oob", "x");
    if (!link || !into.bodies.empty()) return;
    const std::string url = one_line(xml::text_of(link.child("url")), 2048);
    if (!url.empty()) into.bodies.push_back({{}, url});
}

// XEP-0131: what a gateway before us counted.
void read_hops(xml::element stanza, page_message& into) {
    for (auto child : extension(stanza, shim, "headers").children())
        if (xml::is(child, shim, "header") && iequals(xml::attribute(child, "name"), "Max-Forwards"))
            into.hops_left = parse_decimal<int>(trim(xml::text_of(child)), 255);
}

void add_hops(xml::element stanza, int left) {
    auto header = xml::add_child(xml::add_child(stanza, shim, "headers"), shim, "header");
    xml::set_attribute(header, "name", "Max-Forwards");
    xml::add_text(header, std::to_string(left));
}

void read_facets(xml::element stanza, page_message& into) {
    into.id = one_line(xml::attribute(stanza, "id"), 1024);
    into.chat = xml::attribute(stanza, "type") == "chat";
    for (auto child : stanza.children()) {
        if (is_content(child, "thread") && into.thread.empty()) into.thread = xml::text_of(child);
    }
    into.sender_name =
        one_line(xml::text_of(extension(stanza, "http://jabber.org/protocol/nick", "nick")), 256);
    if (const auto delay = extension(stanza, "urn:xmpp:delay", "delay"))
        into.delayed_since = parse_date_time(xml::attribute(delay, "stamp"));
    into.receipt_requested = bool(extension(stanza, "urn:xmpp:receipts", "request"));
}

void add_markup(xml::element stanza, const std::string& html) {
    xml::document parsed;
    const std::string whole = "<body xmlns='" + std::string(xhtml) + "'>" + html + "</body>";
    // What the sanitiser wrote is well-formed; should it not be, the plain body stands alone.
    if (xml::parse_document(whole, parsed)) return;
    auto root = xml::add_child(stanza, xhtml_im, "html");
    auto body = root.append_copy(parsed.document_element());
    if (xml::attribute(body, "xmlns").empty()) xml::set_attribute(body, "xmlns", xhtml);
}

void add_text_child(xml::element stanza, const char* name, std::string_view text) {
    xml::add_text(stanza.append_child(name), text);
}

}  // namespace

xmpp_reading read_xmpp(xml::element stanza, std::size_t max_text) {
    const auto type = xml::attribute(stanza, "type");
    if (type == "error") return nothing_to_send{"an error"};
    if (type == "groupchat")
        return xmpp::stanza_error::of("feature-not-implemented", "This address is a person, not a room.");
    if (const auto cipher = ciphertext(stanza); !cipher.empty())
        return xmpp::stanza_error::of("not-acceptable",
                                      "This contact is on a SIP network and cannot read " + cipher +
                                          " encrypted messages. Please send it unencrypted.");
    page_message out;
    read_facets(stanza, out);
    read_hops(stanza, out);
    read_bodies(stanza, out);
    read_subject(stanza, out);
    read_markup(stanza, out);
    read_link(stanza, out);
    if (out.bodies.empty() && out.subject.empty()) return nothing_to_send{"no text"};
    if (out.bodies.empty()) out.bodies.push_back({});
    if (out.text().size() > max_text)
        return xmpp::stanza_error::of("policy-violation",
                                      "The message is longer than " + std::to_string(max_text) + " bytes.");
    return out;
}

std::string write_xmpp(const page_message& message, const xmpp_envelope& envelope) {
    xml::document tree;
    auto stanza = tree.append_child("message");
    xml::set_attribute(stanza, "from", envelope.from.to_string());
    xml::set_attribute(stanza, "to", envelope.to.to_string());
    if (!envelope.id.empty()) xml::set_attribute(stanza, "id", one_line(envelope.id));
    if (envelope.chat) xml::set_attribute(stanza, "type", "chat");
    const std::string language = language_tag(message.bodies.front().language);
    if (!language.empty()) xml::set_attribute(stanza, "xml:lang", language);

    if (const auto subject = one_line(message.subject); !subject.empty())
        add_text_child(stanza, "subject", subject);
    for (const auto& body : message.bodies) {
        add_text_child(stanza, "body", to_xml_text(body.text));
        const auto own = language_tag(body.language);
        if (own != language && !own.empty()) xml::set_attribute(stanza.last_child(), "xml:lang", own);
    }
    if (!message.thread.empty()) add_text_child(stanza, "thread", one_line(message.thread, 256));
    if (envelope.with_html && !message.html.empty()) add_markup(stanza, message.html);
    if (const auto name = one_line(message.sender_name, 256); !name.empty())
        xml::add_text(xml::add_child(stanza, "http://jabber.org/protocol/nick", "nick"), name);
    if (message.delayed_since) {
        auto delay = xml::add_child(stanza, "urn:xmpp:delay", "delay");
        xml::set_attribute(delay, "stamp", to_date_time(*message.delayed_since));
    }
    if (message.hops_left) add_hops(stanza, *message.hops_left);
    if (envelope.request_receipt) xml::add_child(stanza, "urn:xmpp:receipts", "request");
    return xml::to_bytes(stanza);
}

}  // namespace stox::interwork
