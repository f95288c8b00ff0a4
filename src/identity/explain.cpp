// SPDX-License-Identifier: Apache-2.0
#include "identity/explain.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>

#include "identity/route_words.hpp"
#include "net/byte_stream.hpp"
#include "sip/locate.hpp"

namespace stox::identity {
namespace {

constexpr std::size_t max_tried = 6;
constexpr milliseconds connect_limit{5'000};

// The direction that ends at a server of protocol `far`.
std::string direction_to(protocol far) { return far == protocol::xmpp ? "SIP to XMPP" : "XMPP to SIP"; }
protocol other(protocol p) { return p == protocol::sip ? protocol::xmpp : protocol::sip; }

std::string place_words(const pointing& p) {
    switch (p.where) {
        case pointing::place::here:
            return p.words + " (this host)";
        case pointing::place::elsewhere:
            return p.words + " (not this host)";
        case pointing::place::nowhere:
            return "there is no such service: " + p.words;
        case pointing::place::unknown:
            break;
    }
    return "DNS does not answer: " + p.words;
}

std::string first_address(const pointing& p, std::uint16_t port) {
    return p.addresses.empty() ? "SERVER" : net::to_string(net::socket_address{p.addresses.front(), port});
}

}  // namespace

awaitable<bool> tcp_connects(net::socket_address address) {
    bool opened = true;
    try {
        net::stream_ptr stream = co_await net::connect_tcp(address, connect_limit);
        stream->close();
    } catch (const boost::system::system_error& e) {
        if (e.code() == boost::asio::error::operation_aborted) throw;
        opened = false;
    }
    co_return opened;
}

void explainer::say(finding_level level, std::string direction, std::string text) {
    found_.push_back({level, std::move(direction), std::move(text)});
}

void explainer::say_records(const facts& f) {
    for (const auto p : {protocol::sip, protocol::xmpp}) {
        const bool silent = f.of(p).where == pointing::place::unknown;
        say(silent ? finding_level::missing : finding_level::ok, "",
            std::string(name_of(p)) + " records of " + f.domain + ": " + place_words(f.of(p)));
        if (f.named(p))
            say(finding_level::ok, "",
                "the " + std::string(name_of(p)) + " server behind " + f.domain + " is named by [route.\"" +
                    f.domain + "\"]");
    }
}

void explainer::say_consent(const facts& f) {
    switch (served_.consent_for(f.domain)) {
        case consent::full:
            return say(finding_level::ok, "", f.domain + " is served with full limits");
        case consent::none:
            return say(finding_level::missing, "", no_consent(f.domain).text);
        case consent::guest:
            break;
    }
    const auto& limits = served_.settings().limits;
    say(finding_level::warn, "",
        f.domain + " is a guest of this host: " + std::to_string(limits.guest_messages_per_second) +
            " messages a second, " + std::to_string(limits.guest_calls) + " calls, " +
            std::to_string(limits.guest_subscriptions) + " subscriptions. To lift it: domains = [\"" +
            f.domain + "\"]");
}

// Whether requests that come in on `near` for the domain may go on to the other side.
bool explainer::say_direction(const facts& f, protocol near) {
    const protocol far = other(near);
    const std::string direction = direction_to(far);
    const bool ours = f.of(near).where == pointing::place::here || f.named(far);
    if (!ours) {
        const auto why = not_pointing_here(near, f.domain, served_.gateway_name(), f.of(near), std::nullopt);
        say(finding_level::missing, direction, why.text);
        return false;
    }
    if (f.named(far)) return true;
    switch (f.of(far).where) {
        case pointing::place::elsewhere:
            return true;
        case pointing::place::here:
            say(finding_level::missing, direction, nothing_behind(f.domain, far).text);
            break;
        case pointing::place::nowhere:
            say(finding_level::missing, direction, no_service(far, f.domain, f.of(far).words).text);
            break;
        case pointing::place::unknown:
            say(finding_level::missing, direction, dns_silent(far, f.domain).text);
            break;
    }
    return false;
}

awaitable<void> explainer::try_target(std::string direction, std::string what, net::socket_address address) {
    const bool open = co_await with_.connects(address);
    const std::string words = what + " at " + net::to_string(address);
    if (open) say(finding_level::ok, direction, words + " takes connections");
    if (!open) say(finding_level::warn, direction, words + " does not take connections from this host");
}

// Tries the servers of the far protocol that requests would go to.
awaitable<void> explainer::reach(const facts& f, protocol far) {
    const std::string direction = direction_to(far);
    std::vector<net::socket_address> streams;
    std::size_t datagrams = 0;
    if (far == protocol::sip) {
        const sip::next_hop hop = routes_.sip_hop(f.domain);
        const sip::locate_options options;
        const sip::located located = co_await sip::locate(resolver_, hop, options);
        for (const auto& target : located.targets) {
            if (target.kind == sip::transport::udp) ++datagrams;
            if (target.kind != sip::transport::udp) streams.push_back(target.address);
        }
    } else if (const auto hop = routes_.xmpp_hop(f.domain)) {
        const dns::answer<net::ip_address> hosts = co_await resolver_.addresses(hop->host);
        for (const auto& ip : hosts.records) streams.push_back({ip, hop->port});
    } else {
        const xmpp::server_location located = co_await xmpp::locate_server(resolver_, f.domain);
        for (const auto& target : located.targets) streams.push_back(target.address);
    }
    const std::string what = "the " + std::string(name_of(far)) + " server of " + f.domain;
    if (streams.empty() && datagrams == 0) say(finding_level::missing, direction, what + " has no address");
    if (datagrams > 0)
        say(finding_level::ok, direction, what + " is reached over UDP, which only a request can test");
    for (std::size_t i = 0; i < streams.size() && i < max_tried; ++i) {
        const net::socket_address address = streams[i];
        co_await try_target(direction, what, address);
    }
}

// A domain that stox speaks for on XMPP needs a certificate that others believe.
void explainer::say_certificate(const std::string& domain) {
    if (domain.empty()) return;
    if (served_.host().holds_certificate(domain))
        return say(finding_level::ok, "", "a valid certificate for " + domain + " is in place");
    bool own_made = false;
    for (const auto& c : with_.certificates())
        own_made = own_made || (c.self_signed && net::covers(c.names, domain, "xmpp-server"));
    say(finding_level::warn, "",
        std::string("no valid certificate for ") + domain + (own_made ? ", only a self-signed one" : "") +
            ". Debian's Prosody refuses self-signed certificates by default (s2s_secure_auth = true). Put a "
            "pair "
            "into /etc/stoxd/certs, or on a Prosody of your own: s2s_insecure_domains = { \"" +
            domain + "\" }");
}

void explainer::say_both_elsewhere(const facts& f) {
    const std::string own = served_.host().name.empty() ? "THIS-HOST" : served_.host().name;
    say(finding_level::warn, "",
        "the SIP and the XMPP records of " + f.domain +
            " both lead to servers elsewhere: they must send here what "
            "they want translated, and the lines here name them");
    say(finding_level::warn, "",
        "stoxd.toml: [route.\"" + f.domain + "\"] sip = \"" + first_address(f.sip, 5060) + "\", xmpp = \"" +
            first_address(f.xmpp, 5269) + "\"");
    say(finding_level::warn, "SIP to XMPP",
        "Kamailio: if ($rd == \"" + f.domain + "\") { $du = \"sip:" + own +
            ":5060;transport=tcp\"; t_relay(); exit; }");
    say(finding_level::warn, "XMPP to SIP",
        "Prosody (mod_s2soutinjection): s2s_connect_overrides = { [\"" + f.domain + "\"] = { { \"" + own +
            "\", 5269 } } }");
}

awaitable<std::vector<finding>> explainer::explain(std::string domain) {
    found_.clear();
    facts f;
    const auto ascii = xmpp::domain_to_ascii(domain);
    if (!ascii || net::parse_ip(domain)) {
        say(finding_level::missing, "", domain + " is no domain name");
        co_return std::move(found_);
    }
    f.domain = *ascii;
    served_.forget(f.domain);
    const std::string nobody_pays;
    const std::optional<pointing> sip = co_await served_.leads(protocol::sip, f.domain, nobody_pays);
    const std::optional<pointing> xmpp = co_await served_.leads(protocol::xmpp, f.domain, nobody_pays);
    f.sip = *sip;
    f.xmpp = *xmpp;
    const auto* route = served_.route_of(f.domain);
    f.sip_named = route && route->sip;
    f.xmpp_named = route && route->xmpp;

    say_records(f);
    const bool both_elsewhere =
        f.sip.where == pointing::place::elsewhere && f.xmpp.where == pointing::place::elsewhere;
    if (both_elsewhere && !f.sip_named && !f.xmpp_named) {
        say_both_elsewhere(f);
        co_return std::move(found_);
    }
    const bool to_xmpp_ready = say_direction(f, protocol::sip);
    if (to_xmpp_ready) co_await reach(f, protocol::xmpp);
    const bool to_sip_ready = say_direction(f, protocol::xmpp);
    if (to_sip_ready) co_await reach(f, protocol::sip);
    if (to_xmpp_ready || to_sip_ready) say_consent(f);
    if (f.xmpp.where == pointing::place::here) say_certificate(f.domain);
    if (!served_.settings().component) say_certificate(served_.host().name);
    co_return std::move(found_);
}

}  // namespace stox::identity
