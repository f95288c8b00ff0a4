// SPDX-License-Identifier: Apache-2.0
// Opening a stream for a domain pair: a stream that is there already, else the targets of the remote domain
// (RFC 6120 section 3.2), with little patience for one while others remain: a message must find the server
// that works within the time that its sender waits.
#include "xmpp/federation_impl.hpp"
#include "xmpp/federation_redirect.hpp"

namespace stox::xmpp {

using stream::domain_pair;

namespace {

constexpr seconds piggyback_limit{3};

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
    server_location where = co_await locate(r.pair.remote);
    if (where.state != dns::status::found) co_return not_located(where, r.pair.remote);
    std::string words = "no address";
    while (!where.targets.empty()) {
        connected first = co_await connect_some(std::move(where.targets));
        where.targets = std::move(first.left);
        words = first.words;
        if (!first.transport) break;
        const auto patience = where.targets.empty() ? options_.negotiation_limit : options_.patience;
        words = co_await try_target(r, std::move(first), patience);
        if (r.via) co_return std::nullopt;
    }
    words = r.pair.remote + "'s server: " + words;
    co_return stanza_error::of("remote-server-timeout", words);
}

awaitable<connected> federation_impl::connect_some(std::vector<server_target> targets) {
    connector connect = [limit = options_.connect_limit](server_target target) {
        return net::connect_tcp(target.address, limit);
    };
    connected first = co_await connect_first(std::move(targets), options_.stagger, std::move(connect));
    co_return first;
}

// A stream to the same domain that already serves another pair can carry this one too, if the peer agrees. A
// stream that did not answer, or refused, is not asked again.
awaitable<bool> federation_impl::piggyback(route& r) {
    connection_ptr by;
    const auto asked = r.asked.lock();
    for (const auto& c : connections_) {
        const bool ours = c->fsm().settings().initiating || c->fsm().bidirectional();
        const bool usable = c->open() && ours && c->fsm().authenticated() && c != asked;
        if (usable && c->fsm().peer_domain() == r.pair.remote) by = c;
    }
    if (!by) co_return false;
    r.attempt = by;
    r.asked = by;
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
awaitable<std::string> federation_impl::try_target(route& r, connected at, milliseconds patience) {
    bool external = true, redirected = false;
    for (;;) {
        stream::s2s_settings settings = outgoing(r.pair);
        settings.try_external = external;
        r.refusal.clear();
        const connection_ptr by = start_on(at, std::move(settings));
        r.attempt = by;
        const auto until = steady_clock::now() + patience;
        const bool opened = co_await settled(r, by, until);
        if (opened) co_return std::string();
        const std::string words = why_not(r, *by);
        if (!by->over()) by->close(words);
        std::vector<server_target> next;
        // RFC 6120 section 4.9.3.19: once is followed, twice may be a loop.
        if (!redirected) next = co_await redirection(*by, at.target);
        redirected = redirected || !next.empty();
        // COMPAT(servers that close after a failed SASL EXTERNAL): dialback on a new stream.
        const bool refused = external && !by->certificate_refusal().empty() && by->over();
        if (next.empty() && refused) {
            external = false;
            next.push_back(at.target);
        }
        if (next.empty()) co_return words;
        at = co_await connect_some(std::move(next));
        if (!at.transport) co_return at.words;
    }
}

std::string federation_impl::why_not(const route& r, const connection& by) {
    std::string words = by.over() ? by.why_ended() : r.refusal;
    if (words.empty()) words = "negotiation took too long";
    if (!by.certificate_refusal().empty()) words = by.certificate_refusal() + "; " + words;
    return words;
}

// Where the peer sends us, as far as we go there; empty for nowhere. Not without TLS: RFC 6120 section
// 4.9.3.19 has the peer wait for it, and without it anybody on the way can say so.
awaitable<std::vector<server_target>> federation_impl::redirection(const connection& by, server_target from) {
    std::vector<server_target> out;
    const auto other = parse_other_host(by.redirect());
    if (!other || !by.fsm().secure()) co_return out;
    const net::ip_address told_by = by.remote().ip;
    std::string name = other->host;
    std::vector<server_target> found;
    if (other->port || net::parse_ip(name)) {
        const dns::answer<net::ip_address> addresses = co_await resolver_.addresses(std::move(name));
        const auto port = other->port.value_or(from.address.port);
        for (const auto& ip : addresses.records)
            found.push_back({net::socket_address{ip, port}, other->host, from.direct_tls});
    } else {
        server_location where = co_await locate_server(resolver_, std::move(name));
        found = std::move(where.targets);
    }
    const auto own = net::interface_addresses();
    for (auto& target : found)
        if (may_follow(target.address.ip, told_by, own)) out.push_back(std::move(target));
    co_return out;
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

connection_ptr federation_impl::start_on(connected& at, stream::s2s_settings settings) {
    settings.direct_tls = at.target.direct_tls;
    streams_out_.add();
    const connection_ptr by = make_connection(std::move(settings));
    start(by, std::move(at.transport));
    return by;
}

}  // namespace stox::xmpp
