// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/component_fsm.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "xmpp/stream/addresses.hpp"
#include "xmpp/stream/names.hpp"
#include "xmpp/stream/tag.hpp"

namespace stox::xmpp::stream {

void component_fsm::start() {
    tag header("stream:stream");
    header.attribute("xmlns", ns_component).attribute("xmlns:stream", ns_streams).attribute("to", domain_);
    out_ += "<?xml version='1.0'?>" + header.start();
}

void component_fsm::end(std::string words) {
    if (phase_ == phase::ended) return;
    phase_ = phase::ended;
    why_ = std::move(words);
}

void component_fsm::fail(std::string_view condition, std::string words) {
    const auto reason = tag(condition).attribute("xmlns", ns_stream_errors).empty();
    out_ += tag("stream:error").with_children(reason) + "</stream:stream>";
    end(std::move(words));
}

void component_fsm::fault(const xml::stream_fault& f) { fail(f.condition, f.condition + ": " + f.text); }

void component_fsm::close() {
    if (phase_ == phase::ended) return;
    out_ += "</stream:stream>";
    end("we closed the stream");
}

void component_fsm::closed() {
    if (phase_ == phase::ended) return;
    out_ += "</stream:stream>";
    end("the server closed the stream");
}

void component_fsm::opened(xml::element root) {
    if (xml::attribute(root, "xmlns") != ns_component)
        return fail("invalid-namespace", "this port does not speak the component protocol");
    phase_ = phase::handshake;
    const std::string id(xml::attribute(root, "id"));
    // COMPAT(Prosody 0.12): a header without id is the beginning of a refusal, which says more than we could.
    if (id.empty()) return;
    // XEP-0114 section 3: lower-case hex of SHA-1 over the stream id and the secret.
    out_ += tag("handshake").with_text(to_hex(digest(hash::sha1, id + secret_)));
}

void component_fsm::server_error(xml::element error) {
    std::string text;
    refusal_ = "undefined-condition";
    for (const auto child : error.children()) {
        if (xml::namespace_of(child) != ns_stream_errors) continue;
        if (std::string_view(child.name()) == "text")
            text = ": " + xml::text_of(child);
        else
            refusal_ = child.name();
    }
    std::string advice;
    if (refusal_ == "not-authorized")
        advice = "; the secret differs from the one in the server's configuration";
    if (refusal_ == "conflict") advice = "; another component is connected as " + domain_ + ": stop it";
    if (refusal_ == "host-unknown")
        advice = "; the server's configuration has no external component " + domain_ + ": add it";
    end("the server refused: " + refusal_ + text + advice);
}

bool component_fsm::received(xml::element e) {
    const std::string_view ns = xml::namespace_of(e, ns_component), name = e.name();
    if (phase_ == phase::ended || phase_ == phase::header) return false;
    if (ns == ns_streams && name == "error") {
        server_error(e);
        return false;
    }
    if (ns != ns_component) return false;
    if (phase_ == phase::open) return stanza(e);
    if (name == "handshake")
        phase_ = phase::open;
    else
        fail("not-authorized", "the server sent <" + std::string(name) + "/> before the handshake");
    return false;
}

// The server vouches for `from`; `to` is ours or below.
bool component_fsm::stanza(xml::element e) {
    const auto from = address_attribute(e, "from"), to = address_attribute(e, "to");
    if (!from || !to) return false;
    if (to->domain() != domain_ && !to->domain().ends_with("." + domain_)) return false;
    from_ = *from;
    to_ = *to;
    return true;
}

}  // namespace stox::xmpp::stream
