// SPDX-License-Identifier: Apache-2.0
// A whole message in, bytes out on the other side: what comes out parses again and holds no header, attribute
// or element but those that stox writes. The first byte picks the direction.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "interwork/message/codec_sip.hpp"
#include "interwork/message/codec_xmpp.hpp"
#include "xml/reader.hpp"

using namespace stox;
using namespace stox::interwork;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void sip_to_xmpp(std::string_view bytes) {
    static const std::set<std::string_view> children{"body", "subject", "thread", "nick",
                                                     "html", "delay",   "headers"};
    const auto request = sip::message::parse(std::string(bytes));
    if (!request) return;
    const auto reading = read_sip(*request, sip::uri::parse("sip:romeo@sip.example").value());
    const auto* message = std::get_if<page_message>(&reading);
    if (!message) return;
    xmpp_envelope envelope;
    envelope.from = xmpp::jid::parse("romeo@sip.example").value();
    envelope.to = xmpp::jid::parse("juliet@xmpp.example").value();
    envelope.id = "id1";
    xml::document tree;
    require(!xml::parse_document(write_xmpp(*message, envelope), tree).has_value());
    const auto root = tree.document_element();
    require(xml::attribute(root, "to") == "juliet@xmpp.example");
    require(xml::attribute(root, "from") == "romeo@sip.example");
    for (const auto& child : root.children()) require(children.count(child.name()) == 1);
    require(xml::text_of(root.child("body")) == message->text());
}

void xmpp_to_sip(std::string_view bytes) {
    static const std::set<std::string_view> headers{
        "From", "To",           "Call-ID",          "CSeq",           "Subject",
        "Date", "Content-Type", "Content-Language", "Content-Length", "Max-Forwards"};
    xml::document tree;
    if (xml::parse_document(bytes, tree)) return;
    const auto reading = read_xmpp(tree.document_element());
    const auto* message = std::get_if<page_message>(&reading);
    if (!message) return;
    sip_envelope envelope;
    envelope.request_uri = envelope.to = sip::uri::parse("sip:romeo@sip.example").value();
    envelope.from = sip::uri::parse("sip:juliet@xmpp.example").value();
    envelope.from_tag = "t";
    envelope.call_id = call_id_for_thread(message->thread, "gw.example");
    if (envelope.call_id.empty()) envelope.call_id = "fresh";
    for (const auto markup : {rich_text::none, rich_text::html, rich_text::alternative}) {
        envelope.markup = markup;
        const auto back = sip::message::parse(write_sip(*message, envelope).to_bytes());
        require(back.has_value() && back->request_uri() == "sip:romeo@sip.example");
        for (const auto& field : back->headers()) require(headers.count(field.name) == 1);
        if (markup == rich_text::none) require(back->body() == message->text());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] == 'x')
        xmpp_to_sip(bytes);
    else
        sip_to_xmpp(bytes);
    return 0;
}
