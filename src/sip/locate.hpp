// SPDX-License-Identifier: Apache-2.0
// RFC 3263: where the SIP servers of a domain are, as an ordered list of targets; and which hosts a domain
// names as its own, for the proof of senders. No sockets here.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "dns/resolver.hpp"
#include "runtime/awaitable.hpp"
#include "sip/stack.hpp"
#include "sip/transport/target.hpp"

namespace stox::sip {

struct located {
    std::vector<target> targets;  // best first; empty: see status
    int status = 0;      // 404: there is no such domain or it offers no SIP; 503: DNS does not answer
    std::string reason;  // names the records asked for
};

struct locate_options {
    bool udp = true;  // transports that requests can leave by
    bool tcp = true;
    bool tls = true;
    bool prefer_stream = false;  // large message: of the services offered, streams first (RFC 3261 18.1.1)
};

/// Resolves by RFC 3263 section 4: literal, explicit port, explicit transport, NAPTR, SRV, addresses. A
/// domain without NAPTR is asked for SRV in the order TLS, UDP, TCP. Without any of them it is UDP, or TCP
/// when UDP cannot be used. Ends within 14 s; DNS that was silent until then is 503. Never throws but on
/// cancel.
awaitable<located> locate(dns::resolver& resolver, next_hop hop, locate_options options);

/// The hosts that a domain's NAPTR, SRV and address records name for SIP over any transport. Ends within 14
/// s.
struct domain_hosts {
    std::set<net::ip_address> addresses;
    bool complete = true;   // false: some answer was missing because DNS did not answer
    bool exists = true;     // false: no such domain
    bool tls_only = false;  // records for SIP exist and all of them are for TLS
};
awaitable<domain_hosts> hosts_of(dns::resolver& resolver, std::string domain);

}  // namespace stox::sip
