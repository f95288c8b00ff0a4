// SPDX-License-Identifier: Apache-2.0
// The receiving side: nothing but STARTTLS before TLS, SASL EXTERNAL for certificates that prove the domain,
// dialback for the others (RFC 6120 sections 4.7, 5, 6, 13.7; XEP-0178, 0220).
#include "base/encoding.hpp"
#include "xmpp/stream/s2s_fsm.hpp"
#include "xmpp/stream/tag.hpp"

namespace stox::xmpp::stream {

void s2s_fsm::header_of_request(xml::element root) {
    const auto to = domain_attribute(root, "to");
    const bool has_from = !xml::attribute(root, "from").empty();
    const auto from = domain_attribute(root, "from");
    if (has_from && !from) return fail("invalid-from", "from is not a domain");
    if (!external_domain_.empty() && from && *from != external_domain_)
        return fail("invalid-from", "from is not the authenticated domain");
    peer_domain_ = from.value_or(external_domain_);
    if (!to) return fail("host-unknown", "the stream header has no valid to");
    own_domain_ = *to;
    phase_ = phase::gate;
    push_pair(s2s_action::kind::ask_gate, {own_domain_, peer_domain_});
}

void s2s_fsm::gate_answered(bool ours) {
    if (phase_ == phase::ended) return;
    if (gated_) {
        const auto [pair, id, key] = *std::exchange(gated_, std::nullopt);
        if (!id.empty())
            return answer_verify(pair, id, ours ? "invalid" : "error", ours ? "" : "item-not-found");
        if (!ours) return answer_result(pair, "error", "item-not-found");
        return judge_request(pair, key);
    }
    if (phase_ != phase::gate) return;
    if (!ours) return fail("host-unknown", own_domain_ + " is not served here");
    write_header();
    phase_ = secure_ ? phase::open : phase::starttls;
    write_features();
    if (sasl_done_) open_in({own_domain_, external_domain_}, "external");
}

void s2s_fsm::write_features() {
    std::string inside;
    if (!secure_) {
        const auto required = tag("required").empty();
        inside += tag("starttls").attribute("xmlns", ns_tls).with_children(required);
    } else {
        if (!sasl_done_ && !peer_domain_.empty() && proves(peer_domain_)) {
            const auto external = tag("mechanism").with_text("EXTERNAL");
            inside += tag("mechanisms").attribute("xmlns", ns_sasl).with_children(external);
        }
        const auto errors = tag("errors").empty();
        inside += tag("dialback").attribute("xmlns", ns_dialback_feature).with_children(errors);
        inside += tag("sm").attribute("xmlns", ns_management).empty();
        inside += limits_element();
    }
    if (!sasl_done_) inside += tag("bidi").attribute("xmlns", ns_bidi_feature).empty();
    write(tag("stream:features").with_children(inside));
}

// Never anything but TLS first: no SASL, no dialback, no stanza, no compression.
void s2s_fsm::before_tls(xml::element e) {
    const std::string_view ns = xml::namespace_of(e, ns_server), name = e.name();
    if (ns == ns_tls && name == "starttls") {
        write(tag("proceed").attribute("xmlns", ns_tls).empty());
        phase_ = phase::handshake;
        return push(s2s_action::kind::start_tls);
    }
    if (ns == ns_compress) return unexpected(e);
    if (ns == ns_sasl) {
        sasl_failure("not-authorized", "TLS comes first");
        return fail("not-authorized", "TLS comes first");
    }
    fail("not-authorized", "TLS comes first");
}

void s2s_fsm::sasl_failure(std::string_view condition, std::string_view text) {
    tag words("text");
    words.attribute("xml:lang", "en");
    const auto inside = tag(condition).empty() + words.with_text(text);
    write(tag("failure").attribute("xmlns", ns_sasl).with_children(inside));
    if (++sasl_failures_ >= 3) fail("policy-violation", "too many failed authentications");
}

// RFC 6120 section 6.4, XEP-0178 section 3: the authorization identity is the domain, or none and the
// stream's from counts.
void s2s_fsm::sasl_request(xml::element e, std::string_view name) {
    if (sasl_done_ || !secure_) return fail("not-authorized", "SASL is not possible here");
    if (name == "auth" && xml::attribute(e, "mechanism") != "EXTERNAL")
        return sasl_failure("invalid-mechanism", "EXTERNAL or dialback");
    const std::string text = xml::text_of(e);
    if (name == "auth" && text.empty()) {
        challenged_ = true;
        return write(tag("challenge").attribute("xmlns", ns_sasl).empty());
    }
    if (name != "auth" && !(name == "response" && std::exchange(challenged_, false)))
        return sasl_failure("malformed-request", "not expected");
    std::string domain = peer_domain_;
    if (text != "=" && !text.empty()) {
        const auto bytes = from_base64(text);
        if (!bytes) return sasl_failure("incorrect-encoding", "not base64");
        const auto parsed = jid::parse(*bytes);
        if (!parsed || !parsed->local().empty() || !parsed->resource().empty())
            return sasl_failure("invalid-authzid", "not a domain");
        if (!peer_domain_.empty() && parsed->domain() != peer_domain_)
            return sasl_failure("invalid-authzid", "not the domain of the stream");
        domain = parsed->domain();
    }
    if (domain.empty() || !proves(domain))
        return sasl_failure("not-authorized", "the certificate does not prove " + domain);
    external_domain_ = domain;
    sasl_done_ = true;
    phase_ = phase::header;
    write(tag("success").attribute("xmlns", ns_sasl).empty());
    header_sent_ = false;
    push(s2s_action::kind::restart);
}

// XEP-0288 section 2.2: before authentication only. XEP-0478 section 3.2: it may hold the peer's limits.
void s2s_fsm::enable_bidi(xml::element e) {
    if (settings_.initiating || authenticated() || !secure_)
        return fail("policy-violation", "bidi comes before authentication");
    bidi_ = true;
    read_limits(xml::child(e, ns_limits, "limits"));
}

}  // namespace stox::xmpp::stream
