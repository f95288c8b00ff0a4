// SPDX-License-Identifier: Apache-2.0
// The initiating side: STARTTLS is required, then SASL EXTERNAL where the peer offers it, else dialback
// (RFC 6120 sections 5, 6; XEP-0178, 0220), XEP-0288 where offered.
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "xmpp/stream/s2s_fsm.hpp"
#include "xmpp/stream/tag.hpp"

namespace stox::xmpp::stream {

void s2s_fsm::header_of_response(xml::element root) {
    stream_id_ = xml::attribute(root, "id");
    if (stream_id_.empty()) return fail("bad-format", "the stream header has no id");
    const auto from = domain_attribute(root, "from");
    if (from && *from != settings_.first.remote)
        return fail("invalid-from", "asked for " + settings_.first.remote + ", answered as " + *from);
    phase_ = phase::features;
}

void s2s_fsm::read_limits(xml::element parent) {
    if (!parent) return;
    const auto bytes = xml::text_of(xml::child(parent, ns_limits, "max-bytes"));
    const auto idle = xml::text_of(xml::child(parent, ns_limits, "idle-seconds"));
    // RFC 6120 section 13.12: no smaller limit than 10,000 bytes is legitimate.
    if (const auto n = parse_decimal<std::uint32_t>(bytes, UINT32_MAX))
        peer_limits_.max_bytes = *n < 10'000 ? 10'000 : *n;
    if (const auto n = parse_decimal<std::uint32_t>(idle, UINT32_MAX)) peer_limits_.idle_seconds = *n;
}

void s2s_fsm::features(xml::element e) {
    if (xml::namespace_of(e, ns_server) != ns_streams || std::string_view(e.name()) != "features")
        return fail("not-authorized", "stream features were due");
    if (!secure_) {
        if (!xml::child(e, ns_tls, "starttls"))
            return fail("policy-violation", "TLS is required and was not offered");
        phase_ = phase::starttls;
        return write(tag("starttls").attribute("xmlns", ns_tls).empty());
    }
    read_limits(xml::child(e, ns_limits, "limits"));
    management_offered_ = bool(xml::child(e, ns_management, "sm"));
    bidi_offered_ = bool(xml::child(e, ns_bidi_feature, "bidi"));
    phase_ = phase::open;
    if (settings_.verify_only) return verify(settings_.first, settings_.verify_id, settings_.verify_key);
    if (sasl_done_) return open_out(settings_.first);
    authenticate(e);
}

void s2s_fsm::authenticate(xml::element e) {
    if (bidi_offered_) {
        bidi_ = true;
        write(
            tag("bidi").attribute("xmlns", ns_bidi).with_children(limits_element()));  // XEP-0478 section 3.2
    }
    bool external = false;
    if (const auto mechanisms = xml::child(e, ns_sasl, "mechanisms"))
        for (const auto m : mechanisms.children("mechanism")) external |= xml::text_of(m) == "EXTERNAL";
    if (!external || !settings_.try_external) return send_result(settings_.first);
    phase_ = phase::sasl;
    tag auth("auth");
    auth.attribute("xmlns", ns_sasl).attribute("mechanism", "EXTERNAL");
    write(auth.with_text(to_base64(settings_.first.local)));
}

// RFC 6120 section 6.4.6: success restarts the stream; a failure leaves it open for dialback.
void s2s_fsm::sasl_answer(xml::element e, std::string_view name) {
    if (phase_ != phase::sasl) return fail("not-authorized", "SASL was not asked for");
    if (name == "success") {
        sasl_done_ = true;
        authentication_ = "external";
        phase_ = phase::header;
        push(s2s_action::kind::restart);
        return write_header();
    }
    if (name != "failure") return fail("bad-format", "SASL EXTERNAL knows no challenge here");
    std::string why = "certificate refused";
    for (const auto child : e.children())
        if (child.type() == pugi::node_element) why += std::string(": ") + child.name();
    push_pair(s2s_action::kind::out_refused, {}, std::move(why));
    phase_ = phase::open;
    send_result(settings_.first);
}

void s2s_fsm::proceed(xml::element e) {
    if (!xml::is(e, ns_tls, "proceed")) return fail("policy-violation", "TLS was refused");
    phase_ = phase::handshake;
    push(s2s_action::kind::start_tls);
}

}  // namespace stox::xmpp::stream
