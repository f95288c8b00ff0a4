// SPDX-License-Identifier: Apache-2.0
#include "session/trace.hpp"

#include <algorithm>

#include "identity/home.hpp"
#include "identity/trust.hpp"
#include "session/redact.hpp"

namespace stox::session {
namespace {

std::string peer_of(const sip::flow& f) {
    std::string out(sip::to_string(f.kind));
    out += ' ';
    out += net::to_string(f.remote);
    return out;
}

std::string summary_of(const sip::message& m) {
    std::string out;
    if (m.is_request()) {
        out += m.method();
        out += ' ';
        out += m.request_uri();
    } else {
        out += std::to_string(m.status());
        out += ' ';
        out += m.reason();
        out += " (";
        out += m.method();
        out += ')';
    }
    return out;
}

// No longer user is an address on both sides (RFC 7622 section 3.1), and the table has many places.
constexpr std::size_t longest_user = 1023;
constexpr std::size_t longest_written = 2 * longest_user;

bool is_kept(std::string_view home) { return std::min(home.rfind('@'), home.size()) <= longest_user; }

observe::direction way_of(bool incoming) {
    return incoming ? observe::direction::in : observe::direction::out;
}

}  // namespace

std::string trace::conversation(std::string_view home_a, std::string_view home_b) {
    if (home_a.empty() || home_b.empty() || !is_kept(home_a) || !is_kept(home_b)) return {};
    return ids_.id_for(home_a, home_b, steady_clock::now());
}

// The home address in a From or To header or of a bare URI, "" without a user.
std::string trace::home_of(std::string_view written_as) {
    const std::size_t open = written_as.find('<');
    const std::size_t close = written_as.find('>', open == std::string_view::npos ? 0 : open);
    const bool enclosed = open != std::string_view::npos && close != std::string_view::npos;
    const std::string written(enclosed ? written_as.substr(open + 1, close - open - 1) : written_as);
    const auto now = steady_clock::now();
    if (const auto* known = homes_.find(written, now)) return *known;
    const auto parsed = sip::name_addr::parse(written_as);
    if (!parsed || !parsed->address.has_user) return {};
    const auto home = identity::home_address(parsed->address, served_);
    if (written.size() > longest_written) return home;
    // Short-lived, because a reload may change under which domains foreign addresses are shown.
    return homes_.put(written, home, now + seconds(60));
}

// A listed peer's callers go by the name that the gateway will use for them, whatever their From says.
std::string trace::sender_of(bool incoming, const sip::flow& f, const sip::message& m) {
    const auto from = m.header("From").value_or("");
    if (!incoming || !m.is_request()) return home_of(from);
    const auto* peer = identity::listed_peer(served_.settings(), f.remote.ip);
    if (peer == nullptr) return home_of(from);
    const auto named = identity::sender_named_by(*peer, identity::sender_claim::of(m, f));
    const auto* who = std::get_if<identity::proven_sender>(&named);
    return who == nullptr ? home_of(from) : identity::home_address(who->address, served_);
}

// Between sender and Request-URI, since that is whom a request is for; a response has none and follows its
// request.
std::string trace::conversation_of(bool incoming, const sip::flow& f, const sip::message& m) {
    const auto from = m.header("From").value_or(""), to = m.header("To").value_or("");
    const auto transaction = [&m] {
        return std::string(m.header("Call-ID").value_or("")) + ' ' +
               std::string(m.header("CSeq").value_or(""));
    };
    const auto now = steady_clock::now();
    if (!m.is_request()) {
        const auto* known = renamed_.size() == 0 ? nullptr : renamed_.find(transaction(), now);
        return known != nullptr ? *known : conversation(home_of(from), home_of(to));
    }
    const auto sender = sender_of(incoming, f, m), target = home_of(m.request_uri());
    const auto id = conversation(sender, target);
    if (sender == home_of(from) && target == home_of(to)) return id;
    if (auto key = transaction(); key.size() <= longest_written)
        renamed_.put(std::move(key), id, now + seconds(64));
    return id;
}

void trace::on_message(bool incoming, const sip::flow& f, const sip::message& m, std::string_view bytes) {
    record(conversation_of(incoming, f, m), incoming, f, m, bytes);
}

void trace::on_stranger(bool incoming, const sip::flow& f, const sip::message& m, std::string_view bytes) {
    record({}, incoming, f, m, bytes);
}

void trace::record(std::string conversation, bool incoming, const sip::flow& f, const sip::message& m,
                   std::string_view bytes) {
    observe::journal_entry e;
    e.conversation = std::move(conversation);
    e.where = observe::leg::sip;
    e.way = way_of(incoming);
    e.peer = peer_of(f);
    e.summary = summary_of(m);
    e.text = redact_sip(bytes, bodies_);
    journal_.record(std::move(e));
}

void trace::on_event(const sip::flow* f, std::string_view words) {
    observe::journal_entry e;
    e.where = observe::leg::sip;
    if (f != nullptr) e.peer = peer_of(*f);
    e.summary = words;
    journal_.record(std::move(e));
}

void trace::on_stanza(bool incoming, std::string_view peer, const xmpp::jid& from, const xmpp::jid& to,
                      xml::element tree, std::string_view bytes) {
    std::string written;
    if (bytes.empty() && tree) {
        written = xml::to_bytes(tree, xml::namespace_of(tree));
        bytes = written;
    }
    observe::journal_entry e;
    if (!from.local().empty() && !to.local().empty())
        e.conversation =
            conversation(identity::home_address(from, served_), identity::home_address(to, served_));
    e.where = observe::leg::xmpp;
    e.way = way_of(incoming);
    e.peer = peer;
    e.summary = stanza_summary(bytes);
    e.text = redact_stanza(bytes, bodies_);
    journal_.record(std::move(e));
}

void trace::on_event(std::string_view local_domain, std::string_view remote_domain, std::string_view words) {
    observe::journal_entry e;
    e.where = observe::leg::xmpp;
    e.peer = remote_domain;
    e.summary = words;
    if (!local_domain.empty()) {
        e.summary += " (as ";
        e.summary += local_domain;
        e.summary += ')';
    }
    journal_.record(std::move(e));
}

void trace::decision(std::string_view home_a, std::string_view home_b, std::string_view words) {
    observe::journal_entry e;
    e.conversation = conversation(home_a, home_b);
    e.summary = words;
    journal_.record(std::move(e));
}

}  // namespace stox::session
