// SPDX-License-Identifier: Apache-2.0
// Opening a stream for a domain pair: a stream that is there already, else the targets of the remote domain
// one after the other (RFC 6120 section 3.2). And the receiving server's side of dialback: asking the
// authoritative server about a key, never on the connection that the key came on (XEP-0288 section 2.2).
#include "base/text.hpp"
#include "runtime/deadline.hpp"
#include "xmpp/federation_impl.hpp"
#include "xmpp/stream/words.hpp"

namespace stox::xmpp {

using stream::domain_pair;

namespace {

constexpr seconds piggyback_limit{15};
constexpr seconds verify_limit{30};
constexpr std::size_t max_questions = 256;

stanza_error not_located(const server_location& where, const std::string& domain) {
    if (where.state == dns::status::unavailable)
        return stanza_error::of("remote-server-timeout", "DNS for " + domain + " failed: " + where.words);
    return stanza_error::of("remote-server-not-found", domain + " has no XMPP server: " + where.words);
}

}  // namespace

stream::s2s_settings federation_impl::outgoing(const domain_pair& pair) const {
    stream::s2s_settings settings;
    settings.initiating = true;
    settings.first = pair;
    return settings;
}

awaitable<std::optional<stanza_error>> federation_impl::open_route(route& r) {
    const bool carried = co_await piggyback(r);
    if (carried) co_return std::nullopt;
    const server_location where = co_await locate(r.pair.remote);
    if (where.state != dns::status::found) co_return not_located(where, r.pair.remote);
    std::string words = "no address";
    for (const auto& target : where.targets) {
        words = co_await try_target(r, target);
        if (r.via) co_return std::nullopt;
    }
    words = r.pair.remote + "'s server: " + words;
    co_return stanza_error::of("remote-server-timeout", words);
}

// A stream to the same domain that already serves another pair can carry this one too, if the peer agrees.
awaitable<bool> federation_impl::piggyback(route& r) {
    connection_ptr by;
    for (const auto& c : connections_) {
        const bool ours = c->fsm().settings().initiating || c->fsm().bidirectional();
        const bool usable = c->open() && ours && c->fsm().authenticated();
        if (usable && c->fsm().peer_domain() == r.pair.remote) by = c;
    }
    if (!by) co_return false;
    r.attempt = by;
    r.refusal.clear();
    if (!by->request_pair(r.pair)) co_return false;
    const auto until = steady_clock::now() + piggyback_limit;
    const bool opened = co_await settled(r, by, until);
    co_return opened;
}

awaitable<bool> federation_impl::settled(route& r, connection_ptr by, steady_time until) {
    while (!r.via && !by->over() && r.refusal.empty() && steady_clock::now() < until) {
        r.changed.reset();
        co_await r.changed.wait(until);
    }
    co_return r.via != nullptr;
}

// Empty when the route has its stream; else why not.
awaitable<std::string> federation_impl::try_target(route& r, server_target target) {
    bool external = true, redirected = false;
    for (;;) {
        stream::s2s_settings settings = outgoing(r.pair);
        settings.try_external = external;
        r.refusal.clear();
        const dial_result dialled = co_await dial(target, std::move(settings));
        if (!dialled.by) co_return dialled.words;
        const connection_ptr by = dialled.by;
        r.attempt = by;
        const auto until = steady_clock::now() + options_.negotiation_limit;
        const bool opened = co_await settled(r, by, until);
        if (opened) co_return std::string();
        std::string words = by->over() ? by->why_ended() : r.refusal;
        if (words.empty()) words = "negotiation took too long";
        if (!by->certificate_refusal().empty()) words = by->certificate_refusal() + "; " + words;
        if (!by->over()) by->close(words);
        // RFC 6120 section 4.9.3.19: once is followed, twice may be a loop.
        if (!by->redirect().empty() && !redirected) {
            redirected = true;
            const auto other = net::parse_socket_address(by->redirect());
            const auto ip = net::parse_ip(by->redirect());
            if (other) target.address = *other;
            if (ip) target.address.ip = *ip;
            if (other || ip) continue;
        }
        // COMPAT(servers that close after a failed SASL EXTERNAL): dialback on a new stream.
        if (!external || by->certificate_refusal().empty() || !by->over()) co_return words;
        external = false;
    }
}

awaitable<server_location> federation_impl::locate(std::string domain) {
    auto ascii = domain_to_ascii(domain);
    std::string name = ascii ? std::move(*ascii) : domain;
    std::optional<xmpp_next_hop> hop;
    if (next_hop_) hop = next_hop_(name);
    if (!hop) {
        server_location where = co_await locate_server(resolver_, std::move(name));
        co_return where;
    }
    server_location where;
    where.words = "next hop " + hop->host;
    std::string host = hop->host;
    const dns::answer<net::ip_address> found = co_await resolver_.addresses(std::move(host));
    where.state = found.state;
    for (const auto& ip : found.records)
        where.targets.push_back({net::socket_address{ip, hop->port}, hop->host, hop->direct_tls});
    co_return where;
}

awaitable<federation_impl::dial_result> federation_impl::dial(server_target target,
                                                              stream::s2s_settings settings) {
    dial_result out;
    std::exception_ptr failure;
    net::stream_ptr transport;
    try {
        transport = co_await net::connect_tcp(target.address, options_.connect_limit);
    } catch (...) {
        failure = std::current_exception();
    }
    if (is_cancelled(failure)) std::rethrow_exception(failure);
    if (failure) {
        out.words =
            "connecting to " + to_string(target.address) + " failed: " + stream::transport_words(failure);
        co_return out;
    }
    settings.direct_tls = target.direct_tls;
    streams_out_.add();
    out.by = make_connection(std::move(settings));
    start(out.by, std::move(transport));
    co_return out;
}

// --- dialback: the receiving server asks -------------------------------------------------------------------

void federation_impl::verify_key(const connection_ptr& for_whom, domain_pair pair, std::string id,
                                 std::string key) {
    const bool room = questions_.size() < max_questions;
    const auto ask = [this, for_whom, pair, id, key] { return ask_authority(for_whom, pair, id, key); };
    if (!room || !group_ || !group_->spawn_isolated(ask))
        for_whom->key_verified(pair, id, stream::verdict::failed);
}

void federation_impl::key_answered(const domain_pair& pair, const std::string& id, stream::verdict result) {
    const auto found = questions_.find({pair, id});
    if (found == questions_.end()) return;
    found->second->result = result;
    found->second->answered.set();
}

awaitable<void> federation_impl::ask_authority(connection_ptr for_whom, domain_pair pair, std::string id,
                                               std::string key) {
    key_question question(executor_);
    const key_id name{pair, id};
    if (!questions_.emplace(name, &question).second) co_return;
    std::exception_ptr failure;
    try {
        co_await put_question(for_whom, pair, id, key, question);
    } catch (...) {
        failure = std::current_exception();
    }
    questions_.erase(name);
    if (is_cancelled(failure)) std::rethrow_exception(failure);
    for_whom->key_verified(pair, id, question.result);
}

awaitable<void> federation_impl::put_question(connection_ptr asker, domain_pair pair, std::string id,
                                              std::string key, key_question& question) {
    const auto until = steady_clock::now() + verify_limit;
    for (const auto& c : connections_) {
        const bool usable = c != asker && c->open() && c->fsm().settings().initiating;
        if (!usable || c->fsm().peer_domain() != pair.remote || c->fsm().settings().verify_only) continue;
        c->verify(pair, id, key);
        co_await question.answered.wait(until);
        co_return;
    }
    const server_location where = co_await locate(pair.remote);
    for (const auto& target : where.targets) {
        stream::s2s_settings settings = outgoing(pair);
        settings.verify_only = true;
        settings.verify_id = id;
        settings.verify_key = key;
        const dial_result dialled = co_await dial(target, std::move(settings));
        if (!dialled.by) continue;
        const connection_ptr by = dialled.by;
        while (!question.answered.is_set() && !by->over() && steady_clock::now() < until) {
            const auto soon = std::min(until, steady_clock::now() + seconds(1));
            co_await question.answered.wait(soon);
        }
        if (!by->over()) by->close("the key was verified");
        if (question.answered.is_set() || steady_clock::now() >= until) co_return;
    }
}

}  // namespace stox::xmpp
