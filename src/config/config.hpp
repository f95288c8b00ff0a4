// SPDX-License-Identifier: Apache-2.0
// The configuration as a value: every field has its default here and nothing is required. Read once, never
// changed; a reload makes a new value. docs/config.md lists every key; schema.cpp binds keys to these fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace stox::config {

enum class serve_rule {
    all,  // also guests: domains of others whose DNS points here
    own,  // only domains the host's owner consents to
};
enum class message_type { normal, chat };
enum class log_level { debug, info, warn, error };

/// A server to use in the place of DNS. `host`: IP literal or lower case name, never empty.
struct next_hop {
    std::string host;
    std::uint16_t port = 0;  // 0: the protocol's default, or SRV when host is a name
    std::string transport;  // "udp", "tcp", "tls" or "" for the usual choice; xmpp: "tcp", "tls" (direct TLS)
    bool operator==(const next_hop&) const = default;
};

struct route {
    std::optional<next_hop> sip, xmpp;
    bool operator==(const route&) const = default;
};

/// External component of an XMPP server (XEP-0114).
struct component {
    std::string host = "127.0.0.1";
    std::uint16_t port = 5347;
    std::string domain;                       // of the component, as the server knows it
    std::string secret;                       // shared with the server
    std::vector<std::string> server_domains;  // whose users may open traffic to foreign SIP domains
    bool operator==(const component&) const = default;
};

/// A PBX or proxy that is trusted by its address.
struct sip_peer {
    std::string address;         // IP literal
    std::string domain;          // names callers whose From holds an IP or is anonymous
    std::string user, password;  // digest as client, when it challenges us
    bool operator==(const sip_peer&) const = default;
};

/// Port 0: that listener is off.
struct sip_section {
    std::vector<std::string> listen;  // IP literals; empty: all addresses
    std::uint16_t udp_port = 5060, tcp_port = 5060, tls_port = 5061;
    std::vector<sip_peer> peers;
    bool operator==(const sip_section&) const = default;
};
struct xmpp_section {
    std::vector<std::string> listen;
    std::uint16_t tcp_port = 5269, tls_port = 5270;
    bool operator==(const xmpp_section&) const = default;
};

struct limits {
    std::uint32_t guest_calls = 10;
    std::uint32_t guest_messages_per_second = 10;
    std::uint32_t guest_subscriptions = 200;
    std::uint32_t sender_messages_per_second = 10;
    std::uint32_t sender_message_burst = 50;
    std::uint32_t unknown_source_requests = 30;  // SIP, in two seconds
    bool operator==(const limits&) const = default;
};

struct message_section {
    message_type default_type = message_type::normal;
    bool xhtml = true;
    bool operator==(const message_section&) const = default;
};
struct trace_section {
    bool bodies = false;
    std::size_t entries = 10'000, bytes = 4U << 20U;
    bool operator==(const trace_section&) const = default;
};

struct config {
    serve_rule serve = serve_rule::all;
    std::vector<std::string> domains;           // lower case A-labels; not empty: replaces the owner's rule
    std::vector<std::string> public_addresses;  // IP literals under which 1:1 NAT makes this host reachable
    std::string host_name;                      // "": this host's FQDN
    std::map<std::string, route> routes;        // by domain, lower case A-labels
    std::optional<stox::config::component> component;
    sip_section sip;
    xmpp_section xmpp;
    stox::config::limits limits;
    log_level log = log_level::info;
    std::string metrics_listen = "127.0.0.1:9464";  // "ip:port"; "": off
    message_section message;
    trace_section trace;
    bool operator==(const config&) const = default;
};

/// From TOML text. The error holds one line per problem, each "FILE:LINE: what is wrong with which key".
result<config> parse(std::string_view text, std::string_view file_name);

/// From a file of at most 1 MiB. A file that does not exist is an empty one, unless it must exist.
result<config> load(const std::filesystem::path& file, bool must_exist);

/// One line per difference, "limits.guest_calls: 10 -> 20", secrets hidden; what counts only from the next
/// start says so.
std::vector<std::string> changes(const config& before, const config& after);

/// `next` with everything that counts only from the next start as it is in `running`: what a reload may put
/// in force.
config for_reload(const config& running, config next);

}  // namespace stox::config
