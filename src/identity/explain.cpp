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
        if (f.routed(p))
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

// Whether there is a server behind the domain on the far side.
void explainer::judge_far_side(const facts& f, way& w) const {
    const protocol far = other(w.near);
    // What is attached is reached through the component, wherever its records lead.
    if (f.routed(far) || (far == protocol::xmpp && f.attached)) {
        w.works = true;
        w.by_component = !f.routed(far);
        return;
    }
    switch (f.of(far).where) {
        case pointing::place::elsewhere:
            w.works = true;
            break;
        case pointing::place::here:
            w.problem = nothing_behind(f.domain, far).text;
            break;
        case pointing::place::nowhere:
            w.problem = no_service(far, f.domain, f.of(far).words).text;
            break;
        case pointing::place::unknown:
            w.problem = dns_silent(far, f.domain).text;
            break;
    }
}

explainer::way explainer::judge(const facts& f, protocol near) const {
    way w;
    w.near = near;
    w.ours = f.of(near).where == pointing::place::here || f.routed(other(near));
    if (w.ours) judge_far_side(f, w);
    if (!w.ours)
        w.problem = not_pointing_here(near, f.domain, served_.gateway_name(), f.of(near), std::nullopt).text;
    // Users of the attached server may write to any SIP domain (docs/routing.md).
    const bool sip_server = f.sip_routed || f.sip.where == pointing::place::elsewhere;
    if (near == protocol::xmpp && !w.works && served_.settings().component && sip_server)
        w.ours = w.works = w.by_component = true;
    return w;
}

// A direction that does not work is a problem unless the domain's owner chose the other one.
void explainer::say_way(const facts& f, const way& w, const way& other_way) {
    if (w.works) return;
    const std::string direction = direction_to(other(w.near));
    const bool chose_other = other_way.works || (other_way.ours && !w.ours);
    if (!chose_other) return say(finding_level::missing, direction, w.problem);
    if (f.attached && w.near == protocol::xmpp)
        return say(finding_level::note, direction, attached_users(f.domain, served_.gateway_name()));
    say(finding_level::note, direction, not_needed(w.near, f.domain, served_.gateway_name()));
}

awaitable<void> explainer::try_way(const facts& f, const way& w) {
    if (!w.works) co_return;
    const protocol far = other(w.near);
    const std::string direction = direction_to(far);
    if (w.by_component) say_component(direction);
    if (w.by_component && w.near == protocol::xmpp)
        say(finding_level::ok, direction,
            "users of the attached server reach it as user\\40" + f.domain + "@" + served_.gateway_name());
    const bool listens = w.by_component && w.near == protocol::xmpp;
    if (const std::string why = listens ? std::string() : with_.deaf(w.near); !why.empty())
        say(finding_level::missing, direction, why);
    if (!w.by_component || far == protocol::sip) co_await reach(f, far);
}

void explainer::say_component(const std::string& direction) {
    const auto& c = *served_.settings().component;
    const std::string where = c.host + ":" + std::to_string(c.port);
    if (with_.component_connected())
        return say(finding_level::ok, direction,
                   "messages cross by the component " + c.domain + ", which is connected to " + where);
    say(finding_level::missing, direction,
        "the component " + c.domain + " is not connected to " + where +
            ": is the server up, and does it have the component with the same secret?");
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

// Who is believed when he sends for the domain on SIP (docs/routing.md, "Who may send").
awaitable<void> explainer::say_sources(const facts& f) {
    if (f.sip.where == pointing::place::here) co_return;
    const sip::domain_hosts hosts = co_await sip::hosts_of(resolver_, f.domain);
    std::string known;
    for (const auto& ip : hosts.addresses)
        if (!net::is_special(ip)) known += (known.empty() ? "" : ", ") + net::unmapped(ip).to_string();
    for (const auto& peer : served_.settings().sip.peers)
        if (peer.domain == f.domain) known += (known.empty() ? "" : ", ") + peer.address + " (a listed peer)";
    say(finding_level::ok, "", believed_sources(f.domain, known));
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

void explainer::say_certificates(const facts& f) {
    if (f.xmpp.where == pointing::place::here && !f.attached) say_certificate(f.domain);
    const std::string& own = served_.host().name;
    if (!served_.settings().component && own != f.domain) say_certificate(own);
}

void explainer::say_both_elsewhere(const facts& f, const way& to_xmpp, const way& to_sip) {
    const std::string own = served_.host().name.empty() ? "THIS-HOST" : served_.host().name;
    say(finding_level::missing, direction_to(protocol::xmpp), to_xmpp.problem);
    say(finding_level::missing, direction_to(protocol::sip), to_sip.problem);
    say(finding_level::note, "",
        "if " + f.domain +
            " is to keep both its SIP and its XMPP servers, they must send here what they want "
            "translated, and the lines here name them");
    say(finding_level::note, "",
        "stoxd.toml: [route.\"" + f.domain + "\"] sip = \"" + first_address(f.sip, 5060) + "\", xmpp = \"" +
            first_address(f.xmpp, 5269) + "\"");
    say(finding_level::note, direction_to(protocol::xmpp),
        "Kamailio: if ($rd == \"" + f.domain + "\") { $du = \"sip:" + own +
            ":5060;transport=tcp\"; t_relay(); exit; }");
    say(finding_level::note, direction_to(protocol::sip),
        "Prosody (mod_s2soutinjection): s2s_connect_overrides = { [\"" + f.domain + "\"] = { { \"" + own +
            "\", 5269 } } }");
}

// Addresses of other domains are shown under it: it must lead here, or answers go astray.
void explainer::say_own_name(const facts& f) {
    say(finding_level::ok, "",
        f.domain +
            " is the gateway's own name: users of domains that do not lead here appear as user\\40domain@" +
            f.domain + " on XMPP and sip:user%40domain@" + f.domain + " on SIP");
    const bool component = served_.settings().component && served_.settings().component->domain == f.domain;
    if (component) say_component("");
    for (const auto p : {protocol::sip, protocol::xmpp}) {
        if (f.of(p).where == pointing::place::here || (component && p == protocol::xmpp)) continue;
        say(finding_level::missing, direction_to(other(p)),
            "answers to such addresses do not arrive: " +
                not_pointing_here(p, f.domain, f.domain, f.of(p), std::nullopt).text);
    }
}

awaitable<explainer::facts> explainer::learn(std::string domain) {
    facts f;
    f.domain = std::move(domain);
    served_.forget(f.domain);
    const std::string nobody_pays;
    const std::optional<pointing> sip = co_await served_.leads(protocol::sip, f.domain, nobody_pays);
    const std::optional<pointing> xmpp = co_await served_.leads(protocol::xmpp, f.domain, nobody_pays);
    f.sip = *sip;
    f.xmpp = *xmpp;
    const auto* route = served_.route_of(f.domain);
    f.sip_routed = route && route->sip;
    f.xmpp_routed = route && route->xmpp;
    f.attached = served_.is_attached(f.domain);
    co_return f;
}

awaitable<std::vector<finding>> explainer::explain(std::string domain) {
    found_.clear();
    const auto ascii = xmpp::domain_to_ascii(domain);
    if (!ascii || net::parse_ip(domain)) {
        say(finding_level::missing, "", domain + " is no domain name");
        co_return std::move(found_);
    }
    const facts f = co_await learn(*ascii);
    say_records(f);
    if (served_.is_gateway_name(f.domain)) {
        say_own_name(f);
        say_certificates(f);
        co_return std::move(found_);
    }
    const way to_xmpp = judge(f, protocol::sip);
    const way to_sip = judge(f, protocol::xmpp);
    const auto elsewhere = pointing::place::elsewhere;
    if (!to_xmpp.ours && !to_sip.ours && f.sip.where == elsewhere && f.xmpp.where == elsewhere) {
        say_both_elsewhere(f, to_xmpp, to_sip);
        co_return std::move(found_);
    }
    say_way(f, to_xmpp, to_sip);
    co_await try_way(f, to_xmpp);
    say_way(f, to_sip, to_xmpp);
    co_await try_way(f, to_sip);
    if (to_xmpp.works || to_sip.works) {
        co_await say_sources(f);
        say_consent(f);
    }
    say_certificates(f);
    co_return std::move(found_);
}

}  // namespace stox::identity
