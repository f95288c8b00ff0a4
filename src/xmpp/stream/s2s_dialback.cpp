// SPDX-License-Identifier: Apache-2.0
// Server dialback (XEP-0220) on a stream, in all four roles: asking to send (originating), being asked
// (receiving), asking whether a key is right (receiving, on a connection to the authoritative server) and
// saying so (authoritative). Only over TLS. Answers count only for what was asked on this very stream.
#include "base/digest.hpp"
#include "xmpp/stream/dialback_key.hpp"
#include "xmpp/stream/s2s_fsm.hpp"
#include "xmpp/stream/tag.hpp"

namespace stox::xmpp::stream {

namespace {

constexpr std::size_t max_first_keys = 8;

}  // namespace

void s2s_fsm::dialback(xml::element e, std::string_view name) {
    if (!secure_ || phase_ != phase::open) return fail("not-authorized", "dialback is not possible here");
    const auto from = domain_attribute(e, "from");
    const auto to = domain_attribute(e, "to");
    if (!from || !to) return fail("improper-addressing", "dialback needs a from and a to domain");
    const domain_pair pair{*to, *from};
    const bool answer = !xml::attribute(e, "type").empty();
    if (name == "result") return answer ? result_answer(pair, e) : result_request(pair, e);
    if (name == "verify") return answer ? verify_answer(pair, e) : verify_request(pair, e);
    fail("unsupported-stanza-type", "unknown dialback element");
}

// --- originating server ------------------------------------------------------------------------------------

bool s2s_fsm::request_pair(const domain_pair& pair) {
    if (phase_ != phase::open || settings_.verify_only) return false;
    if (!settings_.initiating && !bidi_) return false;
    if (out_.contains(pair)) {
        push_pair(s2s_action::kind::out_opened, pair);
        return true;
    }
    if (out_.size() + asked_.size() >= settings_.max_pairs) return false;
    send_result(pair);
    return true;
}

void s2s_fsm::send_result(const domain_pair& pair) {
    if (!asked_.insert(pair).second) return;
    const auto key = dialback_key(settings_.dialback_secret, pair.remote, pair.local, stream_id_);
    write(tag("db:result").attribute("from", pair.local).attribute("to", pair.remote).with_text(key));
}

namespace {

// XEP-0220 section 2.4: the words of a dialback error.
std::string error_words(xml::element e) {
    std::string condition, text;
    for (const auto child : xml::child(e, ns_server, "error").children()) {
        if (std::string_view(child.name()) == "text")
            text = xml::text_of(child);
        else if (condition.empty())
            condition = child.name();
    }
    if (condition.empty()) return "dialback error";
    return "dialback error " + condition + (text.empty() ? "" : ": " + text);
}

}  // namespace

void s2s_fsm::result_answer(const domain_pair& pair, xml::element e) {
    // An answer nobody waits for authorises nothing (CVE-2012-3525).
    if (asked_.erase(pair) == 0) return fail("not-authorized", "a dialback result that was not asked for");
    const auto type = xml::attribute(e, "type");
    if (type == "valid") {
        if (authentication_.empty()) authentication_ = "dialback";
        return open_out(pair);
    }
    const auto why = type == "error" ? error_words(e) : std::string("dialback key refused");
    push_pair(s2s_action::kind::out_refused, pair, why);
    if (type == "invalid") actions_.back().result = verdict::invalid;
}

// --- receiving server --------------------------------------------------------------------------------------

void s2s_fsm::result_request(const domain_pair& pair, xml::element e) {
    if (settings_.initiating && !bidi_) return fail("not-authorized", "this stream is not bidirectional");
    if (in_.contains(pair)) return answer_result(pair, "valid");
    // Each key makes us connect to a server that a stranger names: few, until one was right.
    const std::size_t most = authenticated() ? settings_.max_pairs : max_first_keys;
    if (in_.size() + verifying_.size() >= most) return answer_result(pair, "error", "resource-constraint");
    gated_ = gated_request{pair, {}, xml::text_of(e)};
    push_pair(s2s_action::kind::ask_gate, pair);
}

void s2s_fsm::judge_request(const domain_pair& pair, const std::string& key) {
    // XEP-0220 section 2.5, "dialback without dialing back": a valid certificate is a better proof than a
    // key.
    if (proves(pair.remote)) {
        answer_result(pair, "valid");
        return open_in(pair, "external");
    }
    if (!verifying_.emplace(pair, stream_id_).second) return;
    push_pair(s2s_action::kind::verify_key, pair, key);
    actions_.back().id = stream_id_;
}

namespace {

// XEP-0220 section 2.5, table 1; empty when the authoritative server answered the question.
std::string_view failure_condition(verdict result) {
    switch (result) {
        case verdict::failed:
            return "remote-connection-failed";
        case verdict::unknown:
            return "remote-server-not-found";
        case verdict::lost:
            return "remote-server-timeout";
        default:
            return {};
    }
}

// The content of a dialback answer of type error; empty without a condition.
std::string error_element(std::string_view condition) {
    if (condition.empty()) return {};
    const auto reason = tag(condition).attribute("xmlns", ns_stanza_errors).empty();
    return tag("error").attribute("type", "cancel").with_children(reason);
}

}  // namespace

void s2s_fsm::key_verified(const domain_pair& pair, const std::string& id, verdict result) {
    if (phase_ != phase::open || verifying_.erase({pair, id}) == 0) return;
    const auto condition = failure_condition(result);
    if (!condition.empty()) return answer_result(pair, "error", condition);
    answer_result(pair, result == verdict::valid ? "valid" : "invalid");
    if (result == verdict::valid) return open_in(pair, "dialback");
    // XEP-0220 section 2.2.2: without any other authorised pair the stream is closed.
    if (!authenticated()) fail("not-authorized", "the dialback key is not valid");
}

void s2s_fsm::answer_result(const domain_pair& pair, std::string_view type, std::string_view condition) {
    tag answer("db:result");
    answer.attribute("from", pair.local).attribute("to", pair.remote).attribute("type", type);
    write(condition.empty() ? answer.empty() : answer.with_children(error_element(condition)));
}

void s2s_fsm::verify(const domain_pair& pair, const std::string& id, const std::string& key) {
    if (phase_ != phase::open) return;
    verify_asked_.emplace(pair, id);
    tag request("db:verify");
    request.attribute("from", pair.local).attribute("to", pair.remote).attribute("id", id);
    write(request.with_text(key));
}

void s2s_fsm::verify_answer(const domain_pair& pair, xml::element e) {
    const std::string id(xml::attribute(e, "id"));
    if (verify_asked_.erase({pair, id}) == 0)
        return fail("not-authorized", "a dialback verification that was not asked for");
    const auto type = xml::attribute(e, "type");
    push_pair(s2s_action::kind::key_answered, pair);
    actions_.back().id = id;
    actions_.back().result = type == "valid"     ? verdict::valid
                             : type == "invalid" ? verdict::invalid
                                                 : verdict::unknown;
}

// The stream ends: nobody will answer what was asked; host-unknown is an answer to what was yet to be asked.
void s2s_fsm::give_up_questions(std::string_view condition) {
    const bool unknown = condition == "host-unknown";
    const bool before_asking = phase_ != phase::open && phase_ != phase::closing;
    if (unknown && settings_.verify_only && before_asking)
        verify_asked_.emplace(settings_.first, settings_.verify_id);
    for (const auto& [pair, id] : std::exchange(verify_asked_, {})) {
        push_pair(s2s_action::kind::key_answered, pair);
        actions_.back().id = id;
        actions_.back().result = unknown ? verdict::unknown : verdict::lost;
    }
}

// --- authoritative server ----------------------------------------------------------------------------------

void s2s_fsm::verify_request(const domain_pair& pair, xml::element e) {
    const std::string id(xml::attribute(e, "id"));
    const auto expected = dialback_key(settings_.dialback_secret, pair.remote, pair.local, id);
    if (id.empty()) return answer_verify(pair, id, "invalid");
    if (equal_secrets(expected, xml::text_of(e))) return answer_verify(pair, id, "valid");
    // Section 2.2.2: only the gate knows whether the domain is ours at all.
    gated_ = gated_request{pair, id, {}};
    push_pair(s2s_action::kind::ask_gate, pair);
}

void s2s_fsm::answer_verify(const domain_pair& pair, const std::string& id, std::string_view type,
                            std::string_view condition) {
    tag answer("db:verify");
    answer.attribute("from", pair.local).attribute("to", pair.remote).attribute("id", id);
    answer.attribute("type", type);
    write(condition.empty() ? answer.empty() : answer.with_children(error_element(condition)));
}

}  // namespace stox::xmpp::stream
