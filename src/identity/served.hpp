// SPDX-License-Identifier: Apache-2.0
// Which domains are ours, by their own DNS: a domain whose SIP records lead to this host is ours for SIP, one
// whose XMPP records do is ours for XMPP (docs/routing.md). And how far the owner of this host consents.
// Looking up a stranger's domain is rationed, so that nobody can turn us against a DNS server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bounded_map.hpp"
#include "base/token_bucket.hpp"
#include "config/config.hpp"
#include "dns/resolver.hpp"
#include "identity/in_flight.hpp"
#include "net/address.hpp"
#include "runtime/awaitable.hpp"

namespace stox::identity {

enum class protocol { sip, xmpp };
constexpr protocol other(protocol p) { return p == protocol::sip ? protocol::xmpp : protocol::sip; }

/// Where a domain's records for one protocol lead.
struct pointing {
    enum class place {
        here,       // to an address of ours
        elsewhere,  // to other hosts only
        nowhere,    // the domain does not exist or has no such service
        unknown,    // DNS does not answer
    };
    place where = place::unknown;
    std::vector<net::ip_address> addresses;
    std::string words;  // what was found, for refusals and `stox check`
};

/// How far this host's owner agrees to serve a domain that points here.
enum class consent {
    none,
    guest,  // small limits
    full,
};

/// Rations look-ups of unknown domains: 10/s over all, 1/s per source (short bursts pass).
class discovery_budget {
  public:
    discovery_budget() : all_(10, 20), sources_(10'000) {}
    bool take(const std::string& source, steady_time now);

  private:
    token_bucket all_;
    bounded_map<std::string, token_bucket> sources_;
};

/// What the host knows of itself.
struct host_facts {
    std::string name;                                         // FQDN, lower case A-labels
    std::function<std::vector<net::ip_address>()> addresses;  // of its interfaces, loopback left out
    std::function<bool(std::string_view)> holds_certificate;  // a valid one for the domain
    std::function<steady_time()> now = [] { return steady_clock::now(); };
};

class served_domains {
  public:
    served_domains(dns::resolver& resolver, host_facts host, std::shared_ptr<const config::config> settings);

    /// Takes effect for the next request; every domain is looked up again at its next use.
    void configure(std::shared_ptr<const config::config> settings);

    /// Where `domain` (lower case A-labels) leads on a protocol; from memory for up to 60 s. `source` pays
    /// for a domain never seen before; nullopt: it has no budget left, nothing was looked up. "" = no charge.
    awaitable<std::optional<pointing>> leads(protocol p, std::string domain, std::string source);

    consent consent_for(std::string_view domain) const;

    /// The name under which this host shows addresses of other domains: component domain, else host name.
    const std::string& gateway_name() const;
    bool is_gateway_name(std::string_view domain) const;
    /// Domains of the server that the component is attached to (default: the parent of its domain).
    bool is_attached(std::string_view domain) const;

    bool is_own_address(const net::ip_address& ip) const;
    const config::config& settings() const { return *settings_; }
    const config::route* route_of(std::string_view domain) const;
    const host_facts& host() const { return host_; }
    discovery_budget& budget() { return budget_; }

    /// Calls f(domain, protocol) for each domain that was asked about and leads here.
    template <class F>
    void for_each_here(F&& f) const {
        for (const auto p : {protocol::sip, protocol::xmpp})
            (p == protocol::sip ? sip_ : xmpp_)
                .for_each([&](const std::string& domain, const memory_entry& e) {
                    if (e.found.where == pointing::place::here) f(domain, p);
                });
    }

    /// The next question about the domain asks DNS again.
    void forget(const std::string& domain);
    void drop_expired();

  private:
    struct memory_entry {
        pointing found;
        steady_time fresh_until;
    };
    using memory = bounded_map<std::string, memory_entry>;

    awaitable<pointing> look_up(protocol p, std::string domain);
    pointing judged(pointing found) const;

    dns::resolver& resolver_;
    host_facts host_;
    std::shared_ptr<const config::config> settings_;
    std::vector<net::ip_address> public_addresses_;
    memory sip_, xmpp_;
    discovery_budget budget_;
    in_flight<std::string> looking_;
};

/// "example.org" for "gw.example.org"; the name itself where the parent is a public suffix or nothing.
std::string_view parent_domain(std::string_view name);
/// Whether `domain` is `parent` or lies under it.
bool is_within(std::string_view domain, std::string_view parent);

}  // namespace stox::identity
