// SPDX-License-Identifier: Apache-2.0
// Who is routed where: the one table of stox (docs/routing.md). One decision function for each direction
// takes the facts of a request and says under which addresses and to which server it goes on, or why it does
// not. The sender must be proven before (trust.hpp; on XMPP by the stream).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "identity/pairs.hpp"
#include "identity/refusal.hpp"
#include "identity/served.hpp"
#include "sip/stack.hpp"
#include "sip/uri.hpp"
#include "xmpp/federation.hpp"
#include "xmpp/jid.hpp"

namespace stox::identity {

/// What both directions know of a request that may go on.
struct passage {
    std::string served_domain;  // whose consent lets it pass, A-labels
    consent level = consent::guest;
    std::string home_from, home_to;  // for conversations, pairs and limits
    bool first_contact = false;      // the pair has not talked before
};

/// A SIP request on its way to XMPP.
struct to_xmpp : passage {
    xmpp::jid from, to;
    bool via_component = false;  // through the component connection, else server-to-server
};
/// A stanza on its way to SIP.
struct to_sip : passage {
    sip::uri from, to;
    sip::next_hop hop;
};

struct sip_facts {
    sip::uri request_uri, to;                   // `to`: the To header
    sip::uri sender;                            // proven, with `gr` where known
    std::string source;                         // who pays for look-ups: the source's address
    std::optional<net::ip_address> arrived_on;  // our address that the request reached
};
struct xmpp_facts {
    xmpp::jid from, to;
    bool via_component = false;
};

class router {
  public:
    router(served_domains& served, pair_memory& pairs) : served_(served), pairs_(pairs) {}

    /// A request of a proven SIP sender, by its Request-URI.
    awaitable<std::variant<to_xmpp, refusal>> decide(sip_facts facts);
    /// A stanza from an authenticated stream or component.
    awaitable<std::variant<to_sip, refusal>> decide(xmpp_facts facts);

    /// What `p` decided was admitted (limits.hpp): the pair talks from now on.
    void note_talk(const passage& p);

    /// Whether a target of SIP requests may be ours, before anything is known of the sender: nothing when it
    /// may, else the refusal. Costs at most one rationed look-up.
    awaitable<std::optional<refusal>> admits_sip_target(sip::uri target, std::string source,
                                                        std::optional<net::ip_address> arrived_on);

    /// Whether this host speaks for `domain` (A-labels) on server-to-server XMPP: incoming streams, dialback.
    awaitable<bool> speaks_for(std::string domain);
    /// The route table's server of a remote XMPP domain; nullopt: DNS.
    std::optional<xmpp::xmpp_next_hop> xmpp_hop(std::string_view domain) const;
    /// The route table's server of a SIP domain, else the domain itself by RFC 3263.
    sip::next_hop sip_hop(const std::string& domain) const;

  private:
    struct checked {
        std::string domain;
        consent level = consent::none;
    };
    using check_result = std::variant<checked, refusal>;

    awaitable<check_result> check_target(protocol p, std::string domain, std::string source,
                                         std::optional<net::ip_address> arrived_on);
    awaitable<std::optional<refusal>> check_far_side(protocol p, std::string domain);
    awaitable<bool> keeps_address(protocol far, std::string domain);
    awaitable<std::optional<refusal>> may_open(xmpp::jid from, std::string home_from, std::string home_to,
                                               std::string inner_domain, bool via_component);
    bool have_talked(const passage& p);
    awaitable<bool> is_looping(xmpp::jid sender, protocol far, std::string payer);

    served_domains& served_;
    pair_memory& pairs_;
};

}  // namespace stox::identity
