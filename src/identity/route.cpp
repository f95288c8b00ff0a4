// SPDX-License-Identifier: Apache-2.0
#include "identity/route.hpp"

#include "identity/address_map.hpp"
#include "identity/home.hpp"
#include "identity/route_words.hpp"

namespace stox::identity {
namespace {

refusal from_map(const address_error& e) {
    refusal out;
    out.status = e.status;
    out.condition = e.condition;
    out.type = e.status == 404 ? "cancel" : "modify";
    out.text = e.text;
    return out;
}

std::string ascii_domain(const xmpp::jid& address) {
    const auto domain = xmpp::domain_to_ascii(address.domain());
    return domain ? *domain : std::string();
}

sip::next_hop to_next_hop(const config::next_hop& hop) {
    sip::next_hop out;
    out.host = hop.host;
    if (hop.port != 0) out.port = hop.port;
    if (hop.transport == "udp") out.kind = sip::transport::udp;
    if (hop.transport == "tcp") out.kind = sip::transport::tcp;
    if (hop.transport == "tls") out.kind = sip::transport::tls;
    // Named by the owner, by address: no certificate can name it.
    out.trusted_tls = net::parse_ip(hop.host).has_value();
    out.configured = true;
    return out;
}

// Deeper wrapping than this is nobody's address.
constexpr std::size_t most_layers = 8;

// The configured server of a domain on one protocol.
const std::optional<config::next_hop>* configured(const config::route* route, protocol p) {
    if (!route) return nullptr;
    const auto& hop = p == protocol::sip ? route->sip : route->xmpp;
    return hop ? &hop : nullptr;
}

}  // namespace

bool router::have_talked(const passage& p) {
    return pairs_.have_talked(p.home_from, p.home_to, served_.host().now());
}

void router::note_talk(const passage& p) { pairs_.note(p.home_from, p.home_to, served_.host().now()); }

// Two gateways whose domains lead to each other wrap the sender once per hop. The message has been here when
// a layer of the wrapping is our own name, or an address that we keep: another gateway can have met that only
// as what we made of it. The layers are addresses of the far side, of this one, and so on.
awaitable<bool> router::is_looping(xmpp::jid sender, protocol far, std::string payer) {
    protocol side = far;
    for (std::size_t layer = 0; layer < most_layers; ++layer, side = other(side)) {
        const auto inner = original_of_guest(sender);
        if (!inner) co_return false;
        sender = *inner;
        const std::string domain = ascii_domain(sender);
        if (served_.is_gateway_name(domain)) co_return true;
        // What the attached server has is its own, wherever its records lead.
        const bool others = side == protocol::xmpp && served_.is_attached(domain);
        if (others || net::parse_ip(domain) || served_.consent_for(domain) == consent::none) continue;
        const std::optional<pointing> found = co_await served_.leads(side, domain, payer);
        if (found && found->where == pointing::place::here) co_return true;
    }
    // Nobody has a name of so many layers.
    co_return true;
}

// Ours for protocol `p`: by its own DNS, or because the owner named the server behind it.
awaitable<router::check_result> router::check_target(protocol p, std::string domain, std::string source,
                                                     std::optional<net::ip_address> arrived_on) {
    if (net::parse_ip(domain)) co_return address_literal();
    const auto level = served_.consent_for(domain);
    const bool named = configured(served_.route_of(domain), other(p)) != nullptr;
    if (!named) {
        const std::optional<pointing> found = co_await served_.leads(p, domain, source);
        if (!found) co_return no_budget(domain);
        if (found->where == pointing::place::unknown) co_return dns_silent(p, domain);
        if (found->where != pointing::place::here)
            co_return not_pointing_here(p, domain, served_.gateway_name(), *found, arrived_on);
    }
    if (level == consent::none) co_return no_consent(domain);
    checked out;
    out.domain = std::move(domain);
    out.level = level;
    co_return out;
}

// Whether there is a server behind `domain` on the far protocol; nothing when there is.
awaitable<std::optional<refusal>> router::check_far_side(protocol p, std::string domain) {
    if (configured(served_.route_of(domain), p)) co_return std::nullopt;
    if (net::parse_ip(domain)) co_return address_literal();
    const std::string nobody_pays;
    const std::optional<pointing> found = co_await served_.leads(p, domain, nobody_pays);
    switch (found->where) {
        case pointing::place::here:
            co_return nothing_behind(domain, p);
        case pointing::place::nowhere:
            co_return no_service(p, domain, found->words);
        case pointing::place::unknown:
            co_return dns_silent(p, domain);
        case pointing::place::elsewhere:
            break;
    }
    co_return std::nullopt;
}

// user@S keeps its address on the far protocol only if S leads to us there, else dialback and answers go to
// somebody else; and only if we speak for S at all. A configured domain that has no records there keeps it
// too.
awaitable<bool> router::keeps_address(protocol far, std::string domain) {
    if (served_.consent_for(domain) == consent::none) co_return false;
    const std::string nobody_pays;
    const std::optional<pointing> found = co_await served_.leads(far, domain, nobody_pays);
    if (found->where == pointing::place::here) co_return true;
    const bool named = configured(served_.route_of(domain), other(far)) != nullptr;
    co_return named && found->where == pointing::place::nowhere;
}

awaitable<std::optional<refusal>> router::admits_sip_target(sip::uri target, std::string source,
                                                            std::optional<net::ip_address> arrived_on) {
    if (target.scheme == "sips") co_return sips_refused();
    if (target.scheme == "tel" || !target.opaque.empty()) co_return unusable_scheme(target.scheme);
    if (served_.is_gateway_name(target.host)) co_return std::nullopt;
    const check_result result = co_await check_target(protocol::sip, target.host, source, arrived_on);
    if (const auto* refused = std::get_if<refusal>(&result)) co_return *refused;
    co_return std::nullopt;
}

awaitable<std::variant<to_xmpp, refusal>> router::decide(sip_facts facts) {
    // RFC 7247 section 8: sips promises TLS on every hop, which XMPP cannot signal.
    if (facts.request_uri.scheme == "sips" || facts.to.scheme == "sips") co_return sips_refused();
    if (served_.is_gateway_name(facts.sender.host))
        co_return refusal::forbidden("the sender's domain is this gateway itself");
    const auto sender = jid_from_uri(facts.sender);
    if (!sender) co_return from_map(sender.error());
    const auto target = jid_from_uri(facts.request_uri);
    if (!target) co_return from_map(target.error());

    if (target->local().empty()) co_return nobody_in(facts.request_uri.to_string(), facts.request_uri.host);
    const bool looped = co_await is_looping(*sender, protocol::xmpp, facts.source);
    if (looped) co_return looping(sender->to_string());

    to_xmpp out;
    out.home_from = home_address(facts.sender, served_);
    out.home_to = home_address(*target, served_);
    out.first_contact = !have_talked(out);
    out.to = *target;
    const bool to_gateway = served_.is_gateway_name(facts.request_uri.host);
    if (to_gateway) {
        const auto original = original_of_guest(*target);
        if (!original) co_return nobody_in(target->bare().to_string(), served_.gateway_name());
        const std::string inner = ascii_domain(*original);
        const bool attached = served_.is_attached(inner);
        if (out.first_contact && !attached) co_return never_talked(target->bare().to_string());
        out.to = *original;
        out.via_component = attached;
        out.served_domain = facts.request_uri.host;
        out.level = consent::full;
    } else {
        const check_result checked_target =
            co_await check_target(protocol::sip, facts.request_uri.host, facts.source, facts.arrived_on);
        if (const auto* refused = std::get_if<refusal>(&checked_target)) co_return *refused;
        out.served_domain = std::get<checked>(checked_target).domain;
        out.level = std::get<checked>(checked_target).level;
        out.via_component = served_.is_attached(out.served_domain);
    }
    if (!out.via_component) {
        const std::string far_domain = ascii_domain(out.to);
        std::optional<refusal> nothing = co_await check_far_side(protocol::xmpp, far_domain);
        if (nothing) co_return *nothing;
    }
    // Through the component only its own domain may send.
    bool kept = false;
    if (!out.via_component) kept = co_await keeps_address(protocol::xmpp, facts.sender.host);
    const auto from = kept ? mapped<xmpp::jid>(*sender) : guest_jid(*sender, served_.gateway_name());
    if (!from && served_.gateway_name().empty()) co_return nameless_host();
    if (!from) co_return from_map(from.error());
    out.from = *from;
    if (!kept && served_.settings().component) out.via_component = true;
    co_return out;
}

// Guest addresses: for pairs that have talked; through the component also for users of its server, and to
// domains that are ours anyway.
awaitable<std::optional<refusal>> router::may_open(xmpp::jid from, std::string home_from, std::string home_to,
                                                   std::string inner_domain, bool via_component) {
    if (pairs_.have_talked(home_from, home_to, served_.host().now())) co_return std::nullopt;
    const std::string sender_domain = ascii_domain(from);
    if (!via_component) co_return never_talked(home_to);
    if (served_.is_attached(sender_domain)) co_return std::nullopt;
    if (configured(served_.route_of(inner_domain), protocol::sip)) co_return std::nullopt;
    const std::optional<pointing> found = co_await served_.leads(protocol::xmpp, inner_domain, sender_domain);
    if (!found) co_return no_budget(inner_domain);
    if (found->where == pointing::place::here && served_.consent_for(inner_domain) != consent::none)
        co_return std::nullopt;
    co_return not_attached(sender_domain, inner_domain);
}

awaitable<std::variant<to_sip, refusal>> router::decide(xmpp_facts facts) {
    const std::string sender_domain = ascii_domain(facts.from);
    const std::string target_domain = ascii_domain(facts.to);
    if (served_.is_gateway_name(sender_domain))
        co_return refusal::forbidden("the sender's domain is this gateway itself");
    if (facts.to.local().empty()) co_return nobody_in(facts.to.to_string(), served_.gateway_name());

    const bool looped = co_await is_looping(facts.from, protocol::sip, sender_domain);
    if (looped) co_return looping(facts.from.to_string());

    to_sip out;
    out.home_from = home_address(facts.from, served_);
    out.home_to = home_address(facts.to, served_);
    out.first_contact = !have_talked(out);
    xmpp::jid target = facts.to;
    if (served_.is_gateway_name(target_domain)) {
        const auto original = original_of_guest(facts.to);
        if (!original) co_return nobody_in(facts.to.bare().to_string(), served_.gateway_name());
        target = *original;
        const std::string inner = ascii_domain(target);
        std::optional<refusal> refused =
            co_await may_open(facts.from, out.home_from, out.home_to, inner, facts.via_component);
        if (refused) co_return *refused;
        out.served_domain = target_domain;
        out.level = consent::full;
    } else {
        const check_result checked_target =
            co_await check_target(protocol::xmpp, target_domain, sender_domain, std::nullopt);
        if (const auto* refused = std::get_if<refusal>(&checked_target)) co_return *refused;
        out.served_domain = std::get<checked>(checked_target).domain;
        out.level = std::get<checked>(checked_target).level;
    }
    const std::string far_domain = ascii_domain(target);
    std::optional<refusal> nothing = co_await check_far_side(protocol::sip, far_domain);
    if (nothing) co_return *nothing;

    const auto to = uri_from_jid(target);
    if (!to) co_return from_map(to.error());
    const auto from = uri_from_jid(facts.from);
    if (!from) co_return from_map(from.error());
    const bool kept = co_await keeps_address(protocol::sip, sender_domain);
    const auto shown = kept ? mapped<sip::uri>(*from) : guest_uri(*from, served_.gateway_name());
    if (!shown && served_.gateway_name().empty()) co_return nameless_host();
    if (!shown) co_return from_map(shown.error());
    out.to = *to;
    out.from = *shown;
    out.hop = sip_hop(far_domain);
    co_return out;
}

awaitable<bool> router::speaks_for(std::string domain) {
    // The component's domain belongs to the server that the component is attached to.
    if (domain == served_.host().name) co_return true;
    if (served_.is_gateway_name(domain) || served_.consent_for(domain) == consent::none) co_return false;
    if (configured(served_.route_of(domain), protocol::sip)) co_return true;
    // Whoever opens the stream is not known yet: only the ration over all counts.
    const std::string source = "stream to " + domain;
    const std::optional<pointing> found = co_await served_.leads(protocol::xmpp, domain, source);
    co_return found && found->where == pointing::place::here;
}

std::optional<xmpp::xmpp_next_hop> router::xmpp_hop(std::string_view domain) const {
    const auto* hop = configured(served_.route_of(domain), protocol::xmpp);
    if (!hop) return std::nullopt;
    xmpp::xmpp_next_hop out;
    out.host = (*hop)->host;
    out.direct_tls = (*hop)->transport == "tls";
    if ((*hop)->port != 0) out.port = (*hop)->port;
    if ((*hop)->port == 0 && out.direct_tls) out.port = 5270;
    return out;
}

sip::next_hop router::sip_hop(const std::string& domain) const {
    if (const auto* hop = configured(served_.route_of(domain), protocol::sip)) return to_next_hop(**hop);
    sip::next_hop out;
    out.host = domain;
    return out;
}

}  // namespace stox::identity
