// SPDX-License-Identifier: Apache-2.0
// Server-to-server XMPP (RFC 6120, 7590): streams in and out with STARTTLS or direct TLS (XEP-0368), SASL
// EXTERNAL, dialback (XEP-0220) with several domains on one stream, bidirectional streams (XEP-0288),
// stream management (XEP-0198), limits (XEP-0478), keep-alive, idle close and reconnection. Never without
// TLS.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "dns/resolver.hpp"
#include "net/address.hpp"
#include "net/tls.hpp"
#include "xmpp/link.hpp"

namespace stox::xmpp {

/// Sees stanzas and stream events for traces. Implementations redact.
class tap {
  public:
    virtual ~tap() = default;
    virtual void on_stanza(
        bool incoming, std::string_view peer, const jid& from, const jid& to, xml::element tree,
        std::string_view bytes) = 0;  // one of tree (incoming) and bytes (outgoing) is filled
    virtual void on_event(std::string_view local_domain, std::string_view remote_domain,
                          std::string_view words) = 0;
};

/// Where a domain's XMPP server is when DNS is not to be asked: "host:port".
struct xmpp_next_hop {
    std::string host;
    std::uint16_t port = 5269;
    bool direct_tls = false;
};

struct federation_options {
    std::vector<net::socket_address> listen;         // STARTTLS, usually port 5269
    std::vector<net::socket_address> listen_direct;  // direct TLS, usually port 5270
    std::string default_domain;                      // certificate shown without SNI
    std::string dialback_secret;                     // survives restarts; random when empty
    std::size_t queue_stanzas = 1000;                // per remote domain pair, bounded
    milliseconds connect_limit{10'000}, negotiation_limit{60'000}, idle_close{600'000}, keep_alive{60'000};
    milliseconds stagger{1'000};    // a target that has not connected is joined by the next one (RFC 8305)
    milliseconds patience{10'000};  // for the negotiation with one while others remain
    // After a failed attempt, doubling, with jitter. We only dial while a stanza waits, so the longest may be
    // short: a server that is back is found again before its senders give up (28 s).
    milliseconds first_retry{1'000}, longest_retry{4'000};
    // Bytes per second read from a peer before it is authenticated, after a burst; the rest waits in its own
    // buffers. Authenticated domains are bounded by what we can do, and by the limits per sender.
    std::size_t unproven_rate = 100'000, unproven_burst = 1'000'000;
    std::size_t max_connections = 4096, max_unauthenticated_per_source = 16;
};

class federation : public link {
  public:
    /// Opens the listeners; what could not be bound is returned in words. Call before run().
    virtual std::vector<std::string> open() = 0;
    /// Serves until cancelled; then every stream gets </stream:stream> and at most 2 s.
    virtual awaitable<void> run(executor ex) = 0;

    virtual void on_stanza(stanza_handler handler) = 0;
    /// Whether a local domain (A-labels) is ours to speak for on XMPP: asked for the `to` of incoming streams
    /// and dialback; "no" answers host-unknown.
    virtual void set_domain_gate(std::function<awaitable<bool>(std::string domain)> gate) = 0;
    /// The route table's next hop for a remote domain; nullopt: DNS.
    virtual void set_next_hop(std::function<std::optional<xmpp_next_hop>(std::string_view domain)> f) = 0;
    /// Sees every stanza and stream event; must outlive the federation.
    virtual void set_tap(tap* t) = 0;

    struct stream_info {
        std::string local_domain, remote_domain, remote_address;
        bool incoming = false, bidirectional = false, managed = false;
        std::string authentication;  // "external" or "dialback": of the initiating to the receiving side
        std::size_t queued = 0, unacknowledged = 0;
    };
    virtual std::vector<stream_info> streams() const = 0;
    /// Stanzas that have not left yet: in streams, and waiting for one.
    virtual std::size_t queued() const = 0;
};

std::unique_ptr<federation> make_federation(executor ex, federation_options options, dns::resolver& resolver,
                                            const net::certificate_store& certificates);

/// RFC 6120 section 3.2 and XEP-0368: where a domain's servers are, for sending and for `stox check`.
struct server_target {
    net::socket_address address;
    std::string host;
    bool direct_tls = false;
};
struct server_location {
    dns::status state =
        dns::status::unavailable;  // no_name: the domain has no XMPP service; found: targets filled
    std::vector<server_target> targets;
    std::string words;  // what was asked and found, for error texts
};
awaitable<server_location> locate_server(dns::resolver& resolver, std::string domain);

}  // namespace stox::xmpp
