// SPDX-License-Identifier: Apache-2.0
// What both sides of a server-to-server stream share: headers, stream errors, which stanzas are allowed
// (RFC 6120 section 8.1), and stream management's elements (XEP-0198).
#include "xmpp/stream/s2s_fsm.hpp"

#include "base/random.hpp"
#include "base/text.hpp"
#include "xmpp/stream/tag.hpp"

namespace stox::xmpp::stream {

s2s_fsm::s2s_fsm(s2s_settings settings) : settings_(std::move(settings)) {
    own_domain_ = settings_.first.local;
    peer_domain_ = settings_.first.remote;
}

void s2s_fsm::start() { write_header(); }

void s2s_fsm::write(std::string bytes) { push(s2s_action::kind::write, std::move(bytes)); }

void s2s_fsm::push(s2s_action::kind what, std::string text) {
    s2s_action action{what};
    action.text = std::move(text);
    actions_.push_back(std::move(action));
}

void s2s_fsm::push_pair(s2s_action::kind what, const domain_pair& pair, std::string text) {
    push(what, std::move(text));
    actions_.back().pair = pair;
}

// RFC 6120 section 4.7. The receiving side gives the stream its id.
void s2s_fsm::write_header() {
    tag header("stream:stream");
    header.attribute("xmlns", ns_server).attribute("xmlns:stream", ns_streams);
    header.attribute("xmlns:db", ns_dialback);
    header.optional("from", own_domain_).optional("to", peer_domain_);
    if (!settings_.initiating) {
        stream_id_ = random_token(128);
        header.attribute("id", stream_id_);
    }
    header.attribute("version", "1.0").attribute("xml:lang", "en");
    header_sent_ = true;
    write("<?xml version='1.0'?>" + header.start());
}

void s2s_fsm::end(std::string words, std::string_view condition) {
    if (phase_ == phase::ended) return;
    give_up_questions(condition);
    phase_ = phase::ended;
    push(s2s_action::kind::ended, std::move(words));
}

void s2s_fsm::close(std::string words) {
    if (phase_ == phase::ended || phase_ == phase::closing) return;
    if (!header_sent_) return end(std::move(words));
    write(last_words());
    phase_ = phase::closing;
}

// XEP-0198 section 4: say once more what was taken, so that nothing of it is sent again.
std::string s2s_fsm::last_words() const {
    if (!is_managed()) return "</stream:stream>";
    tag answer("a");
    answer.attribute("xmlns", ns_management).attribute("h", std::to_string(handled_));
    return answer.empty() + "</stream:stream>";
}

void s2s_fsm::fail(std::string_view condition, std::string_view text) {
    if (phase_ == phase::ended) return;
    // RFC 6120 section 4.9.1.1: an error during the peer's header comes after our own header.
    if (!header_sent_) write_header();
    std::string inside = tag(condition).attribute("xmlns", ns_stream_errors).empty();
    if (!text.empty()) {
        tag words("text");
        words.attribute("xmlns", ns_stream_errors).attribute("xml:lang", "en");
        inside += words.with_text(text);
    }
    if (phase_ != phase::closing) write(tag("stream:error").with_children(inside) + "</stream:stream>");
    end("we closed the stream: " + std::string(condition) + (text.empty() ? "" : ": ") + std::string(text));
}

void s2s_fsm::fault(const xml::stream_fault& f) { fail(f.condition, f.text); }

bool s2s_fsm::restarting() const {
    if (actions_.empty()) return false;
    for (const auto& a : actions_)
        if (a.what == s2s_action::kind::start_tls || a.what == s2s_action::kind::restart) return true;
    return false;
}

void s2s_fsm::expired() {
    if (!authenticated()) fail("connection-timeout", "negotiation took too long");
}

bool s2s_fsm::check_root(xml::element root) {
    if (std::string_view(root.name()) != "stream") {
        fail("bad-format", "the root element is not <stream/>");
        return false;
    }
    if (xml::attribute(root, "xmlns") != ns_server) {
        fail("invalid-namespace", "the content namespace is not jabber:server");
        return false;
    }
    const auto version = xml::attribute(root, "version");
    if (version.empty() || version[0] == '0') {
        fail("unsupported-version", "XMPP version 1.0 with TLS is required");
        return false;
    }
    return true;
}

void s2s_fsm::opened(xml::element root) {
    if (phase_ != phase::header || !check_root(root)) return;
    if (settings_.initiating)
        header_of_response(root);
    else
        header_of_request(root);
}

void s2s_fsm::closed() {
    if (phase_ == phase::ended) return;
    if (phase_ != phase::closing && header_sent_) write(last_words());
    end("the peer closed the stream");
}

void s2s_fsm::secured(const net::tls_peer& peer) {
    peer_ = peer;
    // An xmppAddr is a JID and may hold U-labels (RFC 6120 section 13.7.1.4); domains are compared as
    // A-labels.
    for (auto& name : peer_.names.xmpp_addr)
        if (auto ascii = domain_to_ascii(name)) name = std::move(*ascii);
    secure_ = true;
    header_sent_ = false;
    phase_ = phase::header;
    if (settings_.initiating && !settings_.direct_tls) write_header();
}

void s2s_fsm::peer_error(xml::element error) {
    std::string condition = "undefined-condition", text;
    for (const auto child : error.children()) {
        if (xml::namespace_of(child) != ns_stream_errors) continue;
        if (std::string_view(child.name()) == "text")
            text = xml::text_of(child);
        else
            condition = child.name();
    }
    if (condition == "see-other-host" && settings_.initiating) {
        const auto other = xml::child(error, ns_stream_errors, "see-other-host");
        push(s2s_action::kind::redirect, xml::text_of(other));
    }
    if (phase_ != phase::closing && header_sent_) write("</stream:stream>");
    end("the peer closed the stream: " + condition + (text.empty() ? "" : ": " + text), condition);
}

void s2s_fsm::received(xml::element e) {
    if (phase_ == phase::ended) return;
    const std::string_view ns = xml::namespace_of(e, ns_server), name = e.name();
    if (ns == ns_streams && name == "error") return peer_error(e);
    if (phase_ == phase::closing) {
        // RFC 6120 section 4.4: what was under way is still taken, and the word on what we sent counts.
        if (ns == ns_server) stanza(e);
        if (ns == ns_management && name == "a") acknowledgement(e);
        return;
    }
    if (settings_.initiating && phase_ == phase::features) return features(e);
    if (settings_.initiating && phase_ == phase::starttls) return proceed(e);
    if (!settings_.initiating && phase_ == phase::starttls) return before_tls(e);
    if (ns == ns_dialback) return dialback(e, name);
    if (ns == ns_sasl) return settings_.initiating ? sasl_answer(e, name) : sasl_request(e, name);
    if (ns == ns_bidi && name == "bidi") return enable_bidi(e);
    if (ns == ns_management) return management_element(e, name);
    if (ns == ns_streams && name == "features") return read_limits(xml::child(e, ns_limits, "limits"));
    if (ns == ns_server && (name == "message" || name == "presence" || name == "iq")) return stanza(e);
    unexpected(e);
}

void s2s_fsm::unexpected(xml::element e) {
    if (xml::namespace_of(e, ns_server) == ns_compress) {
        const auto reason = tag("unsupported-method").empty();
        write(tag("failure").attribute("xmlns", ns_compress).with_children(reason));
        return;
    }
    fail("unsupported-stanza-type", "not something that a server stream carries");
}

// RFC 6120 sections 8.1.1.2, 8.1.2.2 and 4.9.3: only what the pairs of this stream allow gets in.
void s2s_fsm::stanza(xml::element e) {
    if (in_.empty()) return fail("not-authorized", "stanza before authentication");
    const auto from = address_attribute(e, "from"), to = address_attribute(e, "to");
    if (!from || !to) return fail("improper-addressing", "from and to must be valid addresses");
    const domain_pair pair{to->domain(), from->domain()};
    if (!in_.contains(pair)) {
        for (const auto& allowed : in_)
            if (allowed.remote == pair.remote)
                return fail("host-unknown", "this stream was not asked for " + pair.local);
        return fail("invalid-from", pair.remote + " is not authenticated on this stream");
    }
    if (management_ == management::on) ++handled_;
    push(s2s_action::kind::deliver);
    actions_.back().from = *from;
    actions_.back().to = *to;
}

void s2s_fsm::open_in(const domain_pair& pair, std::string how) {
    if (authentication_.empty()) authentication_ = how;
    if (!in_.insert(pair).second) return;
    push_pair(s2s_action::kind::in_opened, pair, std::move(how));
    // XEP-0288 section 2.2: we may answer on the inverse of every pair.
    if (!settings_.initiating && bidi_) open_out(pair);
}

void s2s_fsm::open_out(const domain_pair& pair) {
    // XEP-0288 section 2.2: the peer may send as soon as it knows us, whatever we still negotiate. What
    // proves it to us is its certificate, or that DNS led here.
    if (settings_.initiating && bidi_) open_in(pair, proves(pair.remote) ? "external" : "dns");
    if (settings_.initiating && management_offered_ && management_ != management::on) {
        waiting_.push_back(pair);
        if (management_ == management::off) write(tag("enable").attribute("xmlns", ns_management).empty());
        management_ = management::asked;
        return;
    }
    if (!out_.insert(pair).second) return;
    push_pair(s2s_action::kind::out_opened, pair);
}

void s2s_fsm::open_waiting() {
    for (const auto& pair : std::exchange(waiting_, {})) open_out(pair);
}

// XEP-0198 sections 3, 4; no resumption between servers.
void s2s_fsm::management_element(xml::element e, std::string_view name) {
    if (name == "enable") {
        if (settings_.initiating || in_.empty() || management_ != management::off) {
            const auto reason = tag("unexpected-request").attribute("xmlns", ns_stanza_errors).empty();
            return write(tag("failed").attribute("xmlns", ns_management).with_children(reason));
        }
        management_ = management::on;
        write(tag("enabled").attribute("xmlns", ns_management).empty());
        return push(s2s_action::kind::managed);
    }
    if (name == "enabled" && management_ == management::asked) {
        management_ = management::on;
        push(s2s_action::kind::managed);
        return open_waiting();
    }
    if (name == "failed" && management_ == management::asked) {
        management_ = management::off;
        management_offered_ = false;
        return open_waiting();
    }
    if (name == "r" && is_managed()) {
        tag answer("a");
        answer.attribute("xmlns", ns_management).attribute("h", std::to_string(handled_));
        return write(answer.empty());
    }
    if (name == "a") acknowledgement(e);
}

void s2s_fsm::acknowledgement(xml::element e) {
    if (!is_managed()) return;
    const auto h = parse_decimal<std::uint32_t>(xml::attribute(e, "h"), UINT32_MAX);
    if (!h) return fail("bad-format", "h is not a number");
    push(s2s_action::kind::acknowledged);
    actions_.back().number = *h;
}

std::string s2s_fsm::limits_element() const {
    const auto bytes = tag("max-bytes").with_text(std::to_string(settings_.stanza_limit));
    const auto idle = tag("idle-seconds").with_text(std::to_string(settings_.idle_seconds));
    return tag("limits").attribute("xmlns", ns_limits).with_children(bytes + idle);
}

}  // namespace stox::xmpp::stream
