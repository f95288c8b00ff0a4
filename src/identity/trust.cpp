// SPDX-License-Identifier: Apache-2.0
#include "identity/trust.hpp"

#include "base/text.hpp"
#include "identity/route_words.hpp"
#include "sip/locate.hpp"

namespace stox::identity {
namespace {

constexpr std::size_t remembered_sources = 10'000;
constexpr std::chrono::minutes proof_kept{10};
constexpr seconds failure_kept{5};
constexpr std::size_t max_reverse_names = 4;
constexpr seconds proof_fresh{60};
constexpr std::chrono::hours proof_remembered{24};
// Longer than an OPTIONS may take.
constexpr seconds longest_question{5};
// Longer than DNS may take to say that it does not answer.
constexpr seconds longest_look_up{15};
constexpr std::string_view dns_does_not_answer = "DNS does not answer";

bool is_sip(const sip::uri& address) { return address.scheme == "sip" || address.scheme == "sips"; }

// RFC 3323 section 4.1.1.3: the domain of callers who do not say who they are.
bool is_anonymous(const sip::uri& address) {
    return address.host == "anonymous.invalid" || iequals(address.user, "anonymous");
}

bool names_no_domain(const sip::uri& address) {
    return address.host.empty() || net::parse_ip(address.host) || is_anonymous(address);
}

std::optional<sip::uri> read_address(std::string_view header) {
    std::size_t at = 0;
    auto parsed = sip::name_addr::parse(header, at);
    if (!parsed) return std::nullopt;
    sip::uri out = parsed->address.aor();
    const auto* gr = parsed->address.parameter("gr");
    if (!gr) gr = parsed->parameter("gr");
    if (gr && !gr->empty()) out.set_parameter("gr", *gr);
    return out;
}

refusal unproven(const sip::uri& from, const net::ip_address& source, const std::string& why) {
    const std::string ip = source.to_string();
    auto out = refusal::forbidden("From domain not proved: " + ip + " is not known to speak for " +
                                  from.host + " (" + why + "). To admit it: a record of " + from.host +
                                  " (NAPTR, SRV, A) that names " + ip + ", a reverse name of " + ip + " in " +
                                  from.host + ", a TLS certificate for " + from.host +
                                  ", or the lines [[sip.peer]] address = \"" + ip + "\"");
    out.brief = ip + " not proven for " + from.host + ": [[sip.peer]] address=" + ip;
    return out;
}

// The first asserted identity that is a SIP address: a peer may assert a tel one beside it (RFC 3325 section
// 9.1).
std::string asserted_in(const sip::message& request) {
    for (const auto value : request.list("P-Asserted-Identity"))
        if (const auto address = read_address(value); address && is_sip(*address)) return std::string(value);
    return {};
}

// RFC 3323 section 4.2: priv-values are separated by ';'.
bool asks_for_privacy(const sip::message& request) {
    for (const auto field : request.list("Privacy"))
        for (const auto value : split(field, ';'))
            for (const std::string_view kind : {"id", "user", "header"})
                if (iequals(trim(value), kind)) return true;
    return false;
}

}  // namespace

const config::sip_peer* listed_peer(const config::config& settings, const net::ip_address& source) {
    const auto plain = net::unmapped(source);
    for (const auto& peer : settings.sip.peers) {
        const auto address = net::parse_ip(peer.address);
        if (address && net::unmapped(*address) == plain) return &peer;
    }
    return nullptr;
}

std::variant<proven_sender, refusal> sender_named_by(const config::sip_peer& peer,
                                                     const sender_claim& claim) {
    auto who = read_address(claim.asserted);
    if (!who) who = read_address(claim.from);
    if (!who || !is_sip(*who)) return refusal::forbidden("the From of the request names no SIP user");
    if (claim.anonymous) {
        who->user = "anonymous";
        who->has_user = true;
        who->remove_parameter("gr");
    }
    if (names_no_domain(*who)) {
        if (peer.domain.empty())
            return refusal::forbidden(
                "the peer " + peer.address +
                " names no domain for its callers. To name it: [[sip.peer]] address = \"" + peer.address +
                "\", domain = \"DOMAIN\"");
        who->host = peer.domain;
        who->scheme = "sip";
    }
    return proven_sender{std::move(*who), "peer", true, claim.anonymous};
}

sender_claim sender_claim::of(const sip::message& request, const sip::flow& flow) {
    sender_claim out;
    out.from = request.header("From").value_or("");
    out.asserted = asserted_in(request);
    out.anonymous = asks_for_privacy(request);
    out.flow = flow;
    out.flow.tls = nullptr;
    if (flow.tls) {
        out.certificate_valid = flow.tls->has_certificate && flow.tls->chain_valid;
        out.certificate = flow.tls->names;
    }
    return out;
}

sender_trust::sender_trust(dns::resolver& resolver, served_domains& served, source_prover prover)
    : resolver_(resolver),
      served_(served),
      prover_(std::move(prover)),
      shown_(remembered_sources),
      answered_(remembered_sources) {}

// Whether the source is the server that a route line names for S: where requests go, requests come from.
awaitable<bool> sender_trust::by_route(std::string domain, net::ip_address source) {
    const auto* route = served_.route_of(domain);
    if (route == nullptr || !route->sip) co_return false;
    const std::string host = route->sip->host;
    if (const auto literal = net::parse_ip(host)) co_return net::unmapped(*literal) == source;
    const sip::domain_hosts hosts = co_await sip::hosts_of(resolver_, host);
    for (const auto& ip : hosts.addresses)
        if (net::unmapped(ip) == source) co_return true;
    co_return false;
}

// Why the source is none of S's hosts; "" when it is one.
awaitable<std::string> sender_trust::by_records(std::string domain, net::ip_address source) {
    const sip::domain_hosts hosts = co_await sip::hosts_of(resolver_, domain);
    for (const auto& ip : hosts.addresses)
        if (net::unmapped(ip) == source) co_return std::string();
    if (!hosts.exists) co_return "there is no such domain";
    if (!hosts.complete) co_return std::string(dns_does_not_answer);
    co_return "its SIP records name other hosts";
}

awaitable<std::string> sender_trust::by_reverse_name(std::string domain, net::ip_address source) {
    const dns::answer<std::string> names = co_await resolver_.ptr(source);
    std::size_t looked_at = 0;
    for (const auto& name : names.records) {
        if (!is_within(name, domain) || ++looked_at > max_reverse_names) continue;
        // The name must lead back: anybody can write any name into his own reverse zone.
        const dns::answer<net::ip_address> back = co_await resolver_.addresses(name);
        for (const auto& ip : back.records)
            if (net::unmapped(ip) == source) co_return name;
    }
    co_return std::string();
}

awaitable<bool> sender_trust::source_answers(sip::flow flow) {
    const net::socket_address remote = flow.remote;
    if (const auto* known = answered_.find(remote, served_.host().now())) co_return *known;
    const steady_time patience = steady_clock::now() + longest_question;
    const bool asked = co_await asking_.wait(remote, patience);
    if (asked) {
        const auto* known = answered_.find(remote, served_.host().now());
        co_return known&&* known;
    }
    const executor ex = co_await asio::this_coro::executor;
    const in_flight<net::socket_address, net::socket_address_hash>::asker open(asking_, remote, ex);
    const bool answers = co_await prover_(flow);
    const auto now = served_.host().now();
    const steady_time until = answers ? now + proof_kept : now + failure_kept;
    answered_.put(remote, answers, until);
    co_return answers;
}

// How DNS shows that `source` speaks for the domain of `from`.
awaitable<std::variant<std::string, refusal>> sender_trust::by_dns(sip::uri from, net::ip_address source) {
    const std::string key = source.to_string() + " " + from.host;
    const steady_time patience = steady_clock::now() + longest_look_up;
    co_await looking_.wait(key, patience);
    const auto begun = served_.host().now();
    const auto* known = shown_.find(key, begun);
    if (known && begun < known->fresh_until) co_return known->how;
    if (!known && !served_.budget().take(source.to_string(), begun)) co_return no_budget(from.host);
    shown result;
    if (known) result = *known;
    const executor ex = co_await asio::this_coro::executor;
    const in_flight<std::string>::asker open(looking_, key, ex);
    std::string how, why_not;
    const bool routed = co_await by_route(from.host, source);
    if (routed) how = "route";
    if (how.empty()) {
        why_not = co_await by_records(from.host, source);
        if (why_not.empty()) how = "source address";
    }
    if (how.empty()) {
        const std::string name = co_await by_reverse_name(from.host, source);
        if (!name.empty()) how = "reverse name";
    }
    const bool silent = why_not == dns_does_not_answer;
    // While DNS is down, what was shown before still holds.
    if (how.empty() && silent && !result.how.empty()) how = result.how;
    if (how.empty() && silent) co_return dns_silent(protocol::sip, from.host);
    if (how.empty()) {
        shown_.erase(key);
        co_return unproven(from, source, why_not);
    }
    const auto now = served_.host().now();
    result.how = how;
    result.fresh_until = now + proof_fresh;
    shown_.put(key, result, now + proof_remembered);
    co_return how;
}

awaitable<std::variant<proven_sender, refusal>> sender_trust::prove(sender_claim claim) {
    const net::ip_address source = net::unmapped(claim.flow.remote.ip);
    const std::optional<sip::uri> from = read_address(claim.from);
    const bool udp = claim.flow.kind == sip::transport::udp;
    const bool local = net::is_loopback(source);
    // Its address is the configured proof: a PBX need not answer OPTIONS.
    if (const auto* peer = listed_peer(served_.settings(), source)) co_return sender_named_by(*peer, claim);
    if (!from || !is_sip(*from) || !from->has_user)
        co_return refusal::forbidden("the From of the request names no SIP user");
    if (names_no_domain(*from))
        co_return refusal::forbidden(
            "the From of the request names no domain. To name these callers: [[sip.peer]] "
            "address = \"" +
            source.to_string() + "\", domain = \"DOMAIN\"");
    proven_sender out;
    out.address = *from;
    if (local) out.how = "loopback";
    if (claim.certificate_valid && net::covers(claim.certificate, from->host, "sips"))
        out.how = "certificate";
    if (claim.flow.opened_to == from->host) out.how = "connection";
    if (!out.how.empty()) co_return out;

    std::variant<std::string, refusal> dns = co_await by_dns(*from, source);
    if (const auto* refused = std::get_if<refusal>(&dns)) co_return *refused;
    out.how = std::get<std::string>(dns);
    if (udp) {
        const bool answers = co_await source_answers(claim.flow);
        if (!answers)
            co_return unproven(*from, source, "it does not answer OPTIONS from that address and port");
    }
    co_return out;
}

bool sender_trust::is_real_source(const sip::flow& flow) {
    const net::ip_address source = net::unmapped(flow.remote.ip);
    if (flow.kind != sip::transport::udp || net::is_loopback(source) ||
        listed_peer(served_.settings(), source))
        return true;
    const auto* known = answered_.find(flow.remote, served_.host().now());
    return known && *known;
}

void sender_trust::drop_expired() {
    const auto now = served_.host().now();
    answered_.drop_expired(now);
    shown_.drop_expired(now);
}

}  // namespace stox::identity
