// SPDX-License-Identifier: Apache-2.0
// What a reload changed, in words.
#include <algorithm>
#include <set>

#include "config/config.hpp"
#include "config/schema.hpp"

namespace stox::config {
namespace {

std::string line(const key& k, const std::string& path, const std::string& was, const std::string& is) {
    std::string out = path + (k.secret ? ": changed" : ": " + was + " -> " + is);
    if (k.at_start) out += " (from the next start)";
    return out;
}

sip_peer* peer_at(config& c, const std::string& address) {
    const auto found = std::find_if(c.sip.peers.begin(), c.sip.peers.end(),
                                    [&](const sip_peer& p) { return p.address == address; });
    return found == c.sip.peers.end() ? nullptr : &*found;
}

route* route_at(config& c, const std::string& domain) {
    const auto found = c.routes.find(domain);
    return found == c.routes.end() ? nullptr : &found->second;
}

// The keys of one table with what they are read into before and after.
void compare(std::vector<std::string>& out, std::string_view table, const std::string& shown,
             const target& was, const target& is) {
    for (const auto& k : keys()) {
        if (k.table != table) continue;
        const std::string before = k.show(was), after = k.show(is);
        const std::string path = shown.empty() ? path_of(k) : shown + '.' + std::string(k.name);
        if (before != after) out.push_back(line(k, path, before, after));
    }
}

}  // namespace

std::vector<std::string> changes(const config& before, const config& after) {
    std::vector<std::string> out;
    config was = before, is = after;  // targets are not const because reading fills them
    std::set<std::string_view> plain_tables;
    for (const auto& k : keys())
        if (k.table != "route.DOMAIN" && k.table != "sip.peer") plain_tables.insert(k.table);
    for (const auto table : plain_tables) compare(out, table, "", target{&was}, target{&is});

    std::set<std::string> domains, addresses;
    for (const auto* c : {&was, &is}) {
        for (const auto& [domain, r] : c->routes) domains.insert(domain);
        for (const auto& p : c->sip.peers) addresses.insert(p.address);
    }
    for (const auto& domain : domains) {
        auto* old_route = route_at(was, domain);
        auto* new_route = route_at(is, domain);
        compare(out, "route.DOMAIN", "route.\"" + domain + "\"", target{&was, old_route},
                target{&is, new_route});
    }
    for (const auto& address : addresses) {
        auto* old_peer = peer_at(was, address);
        auto* new_peer = peer_at(is, address);
        compare(out, "sip.peer", "sip.peer " + address, target{&was, nullptr, old_peer},
                target{&is, nullptr, new_peer});
    }
    return out;
}

config for_reload(const config& running, config next) {
    next.host_name = running.host_name;
    // The connection was made with these at the start, or none was.
    std::optional<component> kept = running.component;
    if (kept && next.component) kept->server_domains = next.component->server_domains;
    next.component = std::move(kept);
    next.sip.listen = running.sip.listen;
    next.sip.udp_port = running.sip.udp_port;
    next.sip.tcp_port = running.sip.tcp_port;
    next.sip.tls_port = running.sip.tls_port;
    next.xmpp = running.xmpp;
    next.metrics_listen = running.metrics_listen;
    next.trace.entries = running.trace.entries;
    next.trace.bytes = running.trace.bytes;
    return next;
}

}  // namespace stox::config
