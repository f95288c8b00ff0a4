// SPDX-License-Identifier: Apache-2.0
// Who sent a SIP request: the proof that a From of domain S is S's to use (docs/routing.md). XMPP senders
// need none of this; their streams are authenticated. Requests inside dialogs are proven by their tags, not
// here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "base/bounded_map.hpp"
#include "dns/resolver.hpp"
#include "identity/in_flight.hpp"
#include "identity/refusal.hpp"
#include "identity/served.hpp"
#include "sip/message.hpp"
#include "sip/stack.hpp"

namespace stox::identity {

struct proven_sender {
    sip::uri address;  // with `gr` where the sender gave one; a peer's domain where From named none
    std::string how;   // "certificate", "source address", "reverse name", "connection", "route", "loopback",
                       // "peer"
    bool listed_peer = false;
    bool anonymous = false;  // he asked a listed peer not to be named (RFC 3323)
};

/// What of a request the proof looks at; a value, so that it outlives the message.
struct sender_claim {
    std::string from;      // the From header
    std::string asserted;  // the P-Asserted-Identity that is a SIP address, "" = none (RFC 3325 section 9.1)
    bool anonymous = false;  // Privacy asks for id, user or header privacy (RFC 3323 section 4.2, RFC 3325)
    sip::flow flow;
    bool certificate_valid = false;  // the peer showed a certificate with a valid chain
    net::certificate_names certificate;

    static sender_claim of(const sip::message& request, const sip::flow& flow);
};

/// The listed peer at `source`, nullptr = none.
const config::sip_peer* listed_peer(const config::config& settings, const net::ip_address& source);

/// Whom a request of a listed peer names as its sender: the asserted identity, else the From; anonymous when
/// he asked for that; in the peer's domain where they name none. A refusal when there is nobody.
std::variant<proven_sender, refusal> sender_named_by(const config::sip_peer& peer, const sender_claim& claim);

class sender_trust {
  public:
    /// Sends an OPTIONS to a UDP source and says whether it answered (sip::stack::prove_source).
    using source_prover = std::function<awaitable<bool>(sip::flow)>;

    sender_trust(dns::resolver& resolver, served_domains& served, source_prover prover);

    awaitable<std::variant<proven_sender, refusal>> prove(sender_claim claim);

    /// Whether the source of `flow` is known not to be forged: of a connection, a UDP source that has
    /// answered a question of ours in the last ten minutes, loopback or a listed peer.
    bool is_real_source(const sip::flow& flow);

    void drop_expired();

  private:
    using verdict = std::variant<proven_sender, refusal>;

    awaitable<std::variant<std::string, refusal>> by_dns(sip::uri from, net::ip_address source);
    awaitable<bool> by_route(std::string domain, net::ip_address source);
    awaitable<std::string> by_records(std::string domain, net::ip_address source);
    awaitable<std::string> by_reverse_name(std::string domain, net::ip_address source);
    awaitable<bool> source_answers(sip::flow flow);

    dns::resolver& resolver_;
    served_domains& served_;
    source_prover prover_;
    struct shown {
        std::string how;
        steady_time fresh_until;
    };
    // "address domain": what DNS said. Looked up again after a minute, then without charge.
    bounded_map<std::string, shown> shown_;
    // UDP sources: true for ten minutes after an answer, false for some seconds after none.
    bounded_map<net::socket_address, bool, net::socket_address_hash> answered_;
    // Being asked right now; others of the same source wait for that answer.
    in_flight<net::socket_address, net::socket_address_hash> asking_;
    in_flight<std::string> looking_;
};

}  // namespace stox::identity
