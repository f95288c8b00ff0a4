// SPDX-License-Identifier: Apache-2.0
// A resolver that answers from tables and counts what it was asked; and a gateway's identity layer over it.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "dns/resolver.hpp"
#include "identity/home.hpp"
#include "identity/limits.hpp"
#include "identity/route.hpp"
#include "identity/trust.hpp"

namespace stox::test {

inline net::ip_address ip(std::string_view text) { return *net::parse_ip(text); }
inline xmpp::jid jid(std::string_view text) { return xmpp::jid::parse(text).value(); }
inline sip::uri uri(std::string_view text) { return sip::uri::parse(text).value(); }

class zone final : public dns::resolver {
  public:
    std::map<std::string, std::vector<net::ip_address>> hosts;
    std::map<std::string, std::vector<dns::srv_record>> services;
    std::map<std::string, std::vector<std::string>> reverse;
    bool down = false;
    bool broken = false;  // throws
    int queries = 0;
    std::set<std::string> asked;

    void host(const std::string& name, std::string_view address) { hosts[name].push_back(ip(address)); }
    void service(const std::string& name, std::uint16_t port, const std::string& target) {
        services[name].push_back({0, 0, port, target});
    }
    /// SIP and XMPP of `domain` on the hosts of those names, "" = no record.
    void domain(const std::string& name, const std::string& sip_host, const std::string& xmpp_host) {
        if (!sip_host.empty()) service("_sip._udp." + name, 5060, sip_host);
        if (!xmpp_host.empty()) service("_xmpp-server._tcp." + name, 5269, xmpp_host);
    }

    awaitable<dns::answer<net::ip_address>> a(std::string name) override { co_return address_of(name, true); }
    awaitable<dns::answer<net::ip_address>> aaaa(std::string name) override {
        co_return address_of(name, false);
    }
    awaitable<dns::answer<dns::srv_record>> srv(std::string name) override { co_return look(services, name); }
    awaitable<dns::answer<dns::naptr_record>> naptr(std::string name) override {
        co_return look(std::map<std::string, std::vector<dns::naptr_record>>{}, name);
    }
    awaitable<dns::answer<dns::tlsa_record>> tlsa(std::string name) override {
        co_return look(std::map<std::string, std::vector<dns::tlsa_record>>{}, name);
    }
    awaitable<dns::answer<std::string>> ptr(net::ip_address address) override {
        co_return look(reverse, address.to_string());
    }
    awaitable<dns::answer<net::ip_address>> addresses(std::string name) override {
        const auto literal = net::parse_ip(name);
        auto out = look(hosts, name);
        if (literal) {
            out.state = dns::status::found;
            out.records = {*literal};
        }
        co_return out;
    }
    void flush() override {}

  private:
    template <class Record>
    dns::answer<Record> look(const std::map<std::string, std::vector<Record>>& table,
                             const std::string& name) {
        ++queries;
        asked.insert(name);
        dns::answer<Record> out;
        if (broken) throw std::runtime_error("scripted");
        if (down) return out;
        const auto at = table.find(name);
        out.state = at == table.end() ? dns::status::no_name : dns::status::found;
        if (at != table.end()) out.records = at->second;
        return out;
    }
    dns::answer<net::ip_address> address_of(const std::string& name, bool v4) {
        auto out = look(hosts, name);
        std::erase_if(out.records, [v4](const auto& address) { return address.is_v4() != v4; });
        if (out.records.empty() && out.state == dns::status::found) out.state = dns::status::no_data;
        return out;
    }
};

/// Runs a coroutine to its end on a context of its own.
template <class T>
T run(awaitable<T> operation) {
    asio::io_context io;
    std::optional<T> out;
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(operation), [&](std::exception_ptr e, T value) {
        failure = e;
        out.emplace(std::move(value));
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*out);
}

/// A gateway at gw.example.net (192.0.2.1) with a virtual clock.
struct gateway {
    zone dns;
    steady_time now = steady_time{} + std::chrono::hours(1);
    std::set<std::string> certificates;
    config::config settings;
    std::unique_ptr<identity::served_domains> served;
    std::unique_ptr<identity::pair_memory> pairs = identity::make_pair_memory();
    std::unique_ptr<identity::router> router;
    std::unique_ptr<identity::sender_trust> trust;
    bool sources_answer = true;
    bool admitted = true;  // what may go on also passes the limits
    int questions = 0;

    gateway() {
        dns.host("gw.example.net", "192.0.2.1");
        dns.host("xmpp.host", "198.51.100.1");
        dns.host("sip.host", "198.51.100.2");
        // capulet: XMPP users shown to SIP; montague: SIP users shown to XMPP; one foot each.
        dns.domain("capulet.example.net", "gw.example.net", "xmpp.host");
        dns.domain("montague.example.net", "sip.host", "gw.example.net");
        // The same two ways for strangers.
        dns.domain("xguest.example", "gw.example.net", "xmpp.host");
        dns.domain("sguest.example", "sip.host", "gw.example.net");
        // Not ours on either side.
        dns.domain("other.example", "sip.host", "xmpp.host");
        dns.domain("both.example.net", "gw.example.net", "gw.example.net");
        start();
    }

    void start() {
        identity::host_facts host;
        host.name = "gw.example.net";
        host.addresses = [] { return std::vector{ip("192.0.2.1"), ip("10.0.0.5")}; };
        host.holds_certificate = [this](std::string_view d) {
            return certificates.count(std::string(d)) > 0;
        };
        host.now = [this] { return now; };
        auto shared = std::make_shared<const config::config>(settings);
        served = std::make_unique<identity::served_domains>(dns, host, shared);
        router = std::make_unique<identity::router>(*served, *pairs);
        trust = std::make_unique<identity::sender_trust>(dns, *served, [this](sip::flow) -> awaitable<bool> {
            ++questions;
            co_return sources_answer;
        });
    }

    std::variant<identity::to_xmpp, identity::refusal> sip_to(const std::string& target,
                                                              const std::string& from,
                                                              const std::string& to = "") {
        identity::sip_facts facts;
        facts.request_uri = uri(target);
        facts.to = uri(to.empty() ? target : to);
        facts.sender = uri(from);
        facts.source = "203.0.113.9";
        auto decision = run(router->decide(std::move(facts)));
        if (const auto* way = std::get_if<identity::to_xmpp>(&decision); way && admitted)
            router->note_talk(*way);
        return decision;
    }
    std::variant<identity::to_sip, identity::refusal> xmpp_to(const std::string& target,
                                                              const std::string& from,
                                                              bool via_component = false) {
        identity::xmpp_facts facts;
        facts.to = jid(target);
        facts.from = jid(from);
        facts.via_component = via_component;
        auto decision = run(router->decide(std::move(facts)));
        if (const auto* way = std::get_if<identity::to_sip>(&decision); way && admitted)
            router->note_talk(*way);
        return decision;
    }
};

/// "from -> to" of a passage, or "STATUS condition" of a refusal.
inline std::string outcome(const std::variant<identity::to_xmpp, identity::refusal>& decision) {
    if (const auto* refused = std::get_if<identity::refusal>(&decision))
        return std::to_string(refused->status) + " " + refused->condition;
    const auto& go = std::get<identity::to_xmpp>(decision);
    return go.from.to_string() + " -> " + go.to.to_string() + (go.via_component ? " component" : "");
}
inline std::string outcome(const std::variant<identity::to_sip, identity::refusal>& decision) {
    if (const auto* refused = std::get_if<identity::refusal>(&decision))
        return std::to_string(refused->status) + " " + refused->condition;
    const auto& go = std::get<identity::to_sip>(decision);
    return go.from.to_string() + " -> " + go.to.to_string() + " @ " + go.hop.host;
}
template <class Decision>
std::string words(const Decision& decision) {
    const auto* refused = std::get_if<identity::refusal>(&decision);
    return refused ? refused->text : "";
}

}  // namespace stox::test
