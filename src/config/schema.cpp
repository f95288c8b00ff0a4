// SPDX-License-Identifier: Apache-2.0
// size: table
#include "config/schema.hpp"

#include <array>
#include <concepts>
#include <limits>

#include "config/words.hpp"

namespace stox::config {
namespace {

constexpr std::int64_t most_count = 1'000'000;

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

template <std::integral Number>
std::string shown(Number v) {
    if constexpr (std::same_as<Number, bool>)
        return v ? "true" : "false";
    else
        return std::to_string(v);
}
std::string shown(std::string_view v) { return in_quotes(v); }
std::string shown(const std::vector<std::string>& v) {
    std::string out = "[";
    for (const auto& item : v) out += (out.size() > 1 ? ", " : "") + in_quotes(item);
    return out + "]";
}

void read_domain(field_reader& in, std::string& out) {
    std::string text;
    in.read(text);
    if (!in.problem().empty()) return;
    if (auto domain = to_domain(text))
        out = std::move(*domain);
    else
        in.fail(in_quotes(text) + " is no domain name (international ones are written as xn--...)");
}

void read_domains(field_reader& in, std::vector<std::string>& out) {
    in.read(out);
    if (!in.problem().empty()) return;
    for (auto& text : out) {
        if (auto domain = to_domain(text))
            text = std::move(*domain);
        else
            in.fail(in_quotes(text) + " is no domain name (international ones are written as xn--...)");
    }
}

void read_ips(field_reader& in, std::vector<std::string>& out) {
    in.read(out);
    for (const auto& text : out)
        if (!is_ip(text)) in.fail(in_quotes(text) + " is no IP address");
}

void read_port(field_reader& in, std::uint16_t& out) { in.read(out, 0, 65535); }
void read_count(field_reader& in, std::uint32_t& out) { in.read(out, 0, most_count); }
void read_rate(field_reader& in, std::uint32_t& out) { in.read(out, 1, most_count); }

void read_not_empty(field_reader& in, std::string& out) {
    in.read(out);
    if (in.problem().empty() && out.empty()) in.fail("must not be empty");
}

void read_hop(field_reader& in, std::optional<next_hop>& out, bool for_sip) {
    std::string text;
    in.read(text);
    if (!in.problem().empty()) return;
    out = to_next_hop(text, for_sip);
    if (!out)
        in.fail(in_quotes(text) +
                " is no server; write it as \"host\", \"host:port\" or \"host:port;transport=" +
                (for_sip ? "udp|tcp|tls\"" : "tcp|tls\""));
}

// A value out of a fixed set of words.
template <class Enum, std::size_t N>
struct word_set {
    std::array<std::pair<std::string_view, Enum>, N> words;

    void read(field_reader& in, Enum& out) const {
        std::string text;
        in.read(text);
        if (!in.problem().empty()) return;
        std::string all;
        for (const auto& [word, value] : words) {
            if (word == text) {
                out = value;
                return;
            }
            all += (all.empty() ? "" : ", ") + in_quotes(word);
        }
        in.fail("must be one of " + all + ", not " + in_quotes(text));
    }
    std::string show(Enum v) const {
        for (const auto& [word, value] : words)
            if (value == v) return in_quotes(word);
        return {};
    }
};

constexpr word_set<serve_rule, 2> serve_words{{{{"all", serve_rule::all}, {"own", serve_rule::own}}}};
constexpr word_set<message_type, 2> message_words{
    {{{"normal", message_type::normal}, {"chat", message_type::chat}}}};
constexpr word_set<log_level, 4> level_words{{{{"debug", log_level::debug},
                                               {"info", log_level::info},
                                               {"warn", log_level::warn},
                                               {"error", log_level::error}}}};

const component& component_of(const target& t) {
    static const stox::config::component nothing;
    return t.whole->component ? *t.whole->component : nothing;
}
const sip_peer& peer_of(const target& t) {
    static const sip_peer nothing;
    return t.in_peer != nullptr ? *t.in_peer : nothing;
}
std::string hop_of(const target& t, std::optional<next_hop> route::*which) {
    if (t.in_route == nullptr || !(t.in_route->*which)) return in_quotes("");
    return in_quotes(to_text(*(t.in_route->*which)));
}

constexpr bool from_start = true;
constexpr bool is_secret = true;

// What stands for a field of the configuration: how it is read and how it is shown.
#define READ(...) [](field_reader& in, target& t) { __VA_ARGS__; }
#define SHOW(...) [](const target& t) -> std::string { return __VA_ARGS__; }

const std::array table{
    key{"", "serve",
        "`\"all\"` also serves guests: domains of other owners whose DNS points here, within the guest "
        "limits. "
        "`\"own\"` refuses them.",
        READ(serve_words.read(in, t.whole->serve)), SHOW(serve_words.show(t.whole->serve))},
    key{"", "domains",
        "Domains that have the full limits, in place of the rule that finds them (under this host's parent "
        "domain, "
        "or covered by a valid certificate of ours).",
        READ(read_domains(in, t.whole->domains)), SHOW(shown(t.whole->domains))},
    key{"", "public_addresses",
        "Addresses under which the world reaches this host although no interface has them (1:1 NAT).",
        READ(read_ips(in, t.whole->public_addresses)), SHOW(shown(t.whole->public_addresses))},
    key{"", "host_name", "The name of this host in the protocols; empty: its FQDN.",
        READ(read_domain(in, t.whole->host_name)), SHOW(shown(t.whole->host_name)), from_start},

    key{"route.DOMAIN", "sip",
        "The SIP server behind DOMAIN, instead of what DNS says: `\"host\"`, `\"host:port\"` or "
        "`\"host:port;transport=udp|tcp|tls\"`.",
        READ(read_hop(in, t.in_route->sip, true)), SHOW(hop_of(t, &route::sip))},
    key{"route.DOMAIN", "xmpp",
        "The XMPP server behind DOMAIN, instead of what DNS says; `;transport=tls` means direct TLS.",
        READ(read_hop(in, t.in_route->xmpp, false)), SHOW(hop_of(t, &route::xmpp))},

    key{"component", "host", "The XMPP server that stoxd joins as an external component (XEP-0114).",
        READ(read_not_empty(in, t.whole->component->host)), SHOW(shown(component_of(t).host)), from_start},
    key{"component", "port", "Its component port.", READ(in.read(t.whole->component->port, 1, 65535)),
        SHOW(shown(component_of(t).port)), from_start},
    key{"component", "domain", "The component's domain; required in this table.",
        READ(read_domain(in, t.whole->component->domain)), SHOW(shown(component_of(t).domain)), from_start},
    key{"component", "secret", "The secret shared with the server; required in this table.",
        READ(read_not_empty(in, t.whole->component->secret)), SHOW(shown(component_of(t).secret)), from_start,
        is_secret},
    key{"component", "server_domains",
        "Domains of that server, whose users may open traffic to any SIP domain; empty: the parent of "
        "`domain`. The first is pinged to see that what was sent arrived; empty: `domain` itself.",
        READ(read_domains(in, t.whole->component->server_domains)),
        SHOW(shown(component_of(t).server_domains))},

    key{"sip", "listen", "IP addresses to listen on; empty: all.", READ(read_ips(in, t.whole->sip.listen)),
        SHOW(shown(t.whole->sip.listen)), from_start},
    key{"sip", "udp_port", "0 turns this listener off.", READ(read_port(in, t.whole->sip.udp_port)),
        SHOW(shown(t.whole->sip.udp_port)), from_start},
    key{"sip", "tcp_port", "0 turns this listener off.", READ(read_port(in, t.whole->sip.tcp_port)),
        SHOW(shown(t.whole->sip.tcp_port)), from_start},
    key{"sip", "tls_port", "0 turns this listener off.", READ(read_port(in, t.whole->sip.tls_port)),
        SHOW(shown(t.whole->sip.tls_port)), from_start},

    key{"sip.peer", "address", "The IP address of a PBX or proxy that is trusted; required.",
        [](field_reader& in, target& t) {
            in.read(t.in_peer->address);
            if (in.problem().empty() && !is_ip(t.in_peer->address))
                in.fail(in_quotes(t.in_peer->address) + " is no IP address");
        },
        SHOW(shown(peer_of(t).address))},
    key{"sip.peer", "domain",
        "The domain of its callers, also of those whose From holds an IP address or is anonymous; required.",
        READ(read_domain(in, t.in_peer->domain)), SHOW(shown(peer_of(t).domain))},
    key{"sip.peer", "user", "The user name to answer its digest challenges with; empty: none.",
        READ(in.read(t.in_peer->user)), SHOW(shown(peer_of(t).user))},
    key{"sip.peer", "password", "The password for that.", READ(in.read(t.in_peer->password)),
        SHOW(shown(peer_of(t).password)), !from_start, is_secret},

    key{"xmpp", "listen", "IP addresses to listen on; empty: all.", READ(read_ips(in, t.whole->xmpp.listen)),
        SHOW(shown(t.whole->xmpp.listen)), from_start},
    key{"xmpp", "tcp_port", "Server-to-server with STARTTLS; 0 turns this listener off.",
        READ(read_port(in, t.whole->xmpp.tcp_port)), SHOW(shown(t.whole->xmpp.tcp_port)), from_start},
    key{"xmpp", "tls_port", "Server-to-server with direct TLS (XEP-0368); 0 turns this listener off.",
        READ(read_port(in, t.whole->xmpp.tls_port)), SHOW(shown(t.whole->xmpp.tls_port)), from_start},

    key{"limits", "guest_calls", "Calls at a time of one guest domain.",
        READ(read_count(in, t.whole->limits.guest_calls)), SHOW(shown(t.whole->limits.guest_calls))},
    key{"limits", "guest_messages_per_second", "Messages per second of one guest domain.",
        READ(read_rate(in, t.whole->limits.guest_messages_per_second)),
        SHOW(shown(t.whole->limits.guest_messages_per_second))},
    key{"limits", "guest_subscriptions", "Presence subscriptions of one guest domain.",
        READ(read_count(in, t.whole->limits.guest_subscriptions)),
        SHOW(shown(t.whole->limits.guest_subscriptions))},
    key{"limits", "sender_messages_per_second", "Messages per second of one sender, in the long run.",
        READ(read_rate(in, t.whole->limits.sender_messages_per_second)),
        SHOW(shown(t.whole->limits.sender_messages_per_second))},
    key{"limits", "sender_message_burst", "Messages that one sender may send at once.",
        READ(read_rate(in, t.whole->limits.sender_message_burst)),
        SHOW(shown(t.whole->limits.sender_message_burst))},
    key{"limits", "unknown_source_requests",
        "SIP requests in two seconds from an address that no DNS record names.",
        READ(read_rate(in, t.whole->limits.unknown_source_requests)),
        SHOW(shown(t.whole->limits.unknown_source_requests))},

    key{"log", "level", "The least important lines that are written: `debug`, `info`, `warn` or `error`.",
        READ(level_words.read(in, t.whole->log)), SHOW(level_words.show(t.whole->log))},

    key{"metrics", "listen",
        "Where Prometheus metrics are served over HTTP at `/metrics`; empty: nowhere. A taken port is logged "
        "and "
        "not fatal.",
        [](field_reader& in, target& t) {
            in.read(t.whole->metrics_listen);
            const auto& text = t.whole->metrics_listen;
            if (in.problem().empty() && !text.empty() && !is_ip_and_port(text))
                in.fail(in_quotes(text) + " is no \"address:port\"");
        },
        SHOW(shown(t.whole->metrics_listen)), from_start},

    key{"message", "default_type",
        "The type of XMPP messages made from SIP ones outside a chat: `normal` or `chat`.",
        READ(message_words.read(in, t.whole->message.default_type)),
        SHOW(message_words.show(t.whole->message.default_type))},
    key{"message", "xhtml",
        "Carry rich text beside the plain one: XHTML-IM to XMPP users, text/html to SIP addresses that have "
        "sent it. "
        "Always sanitised.",
        READ(in.read(t.whole->message.xhtml)), SHOW(shown(t.whole->message.xhtml))},

    key{"trace", "bodies", "Keep what people wrote in the trace; else only its length.",
        READ(in.read(t.whole->trace.bodies)), SHOW(shown(t.whole->trace.bodies))},
    key{"trace", "entries", "Events kept for `stox trace`.",
        READ(in.read(t.whole->trace.entries, 100, 10'000'000)), SHOW(shown(t.whole->trace.entries)),
        from_start},
    key{"trace", "bytes", "Memory for them.",
        READ(in.read(t.whole->trace.bytes, 65536, std::numeric_limits<std::int64_t>::max())),
        SHOW(shown(t.whole->trace.bytes)), from_start},
};

#undef READ
#undef SHOW

}  // namespace

std::span<const key> keys() { return table; }

std::string path_of(const key& k) {
    return k.table.empty() ? std::string(k.name) : std::string(k.table) + '.' + std::string(k.name);
}

}  // namespace stox::config
