// SPDX-License-Identifier: Apache-2.0
// DNS for signalling: A, AAAA, SRV, NAPTR, PTR, TLSA over c-ares on the signalling thread, with a cache that
// honours TTLs (RFC 2308 for negative answers) and keeps stale answers, negative ones too, for the time that
// DNS is down (RFC 8767). Answers
// are parsed by our own strict parser (dns/message.hpp). At most 256 queries are in flight; the rest wait.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "net/address.hpp"
#include "runtime/awaitable.hpp"

namespace stox::dns {

enum class status {
    found,        // at least one record of the type
    no_data,      // the name exists, the type does not
    no_name,      // NXDOMAIN
    unavailable,  // time-out, SERVFAIL, refused, malformed: nothing known about the name
};

struct srv_record {
    std::uint16_t priority, weight, port;
    std::string target;  // lower case, no trailing dot; "." means: service decidedly not available
};
struct naptr_record {
    std::uint16_t order, preference;
    std::string flags, service, regexp, replacement;
};
struct tlsa_record {
    std::uint8_t usage, selector, matching_type;
    std::string data;
};

template <class Record>
struct answer {
    status state = status::unavailable;
    std::vector<Record> records;
    bool authentic = false;  // AD bit from a resolver that resolv.conf trusts (trust-ad) or on loopback
    bool stale = false;      // from the cache past its TTL because DNS is down
};

class resolver {
  public:
    virtual ~resolver() = default;
    /// Names are A-labels. Every call ends within 10 s. On cancel: throws operation_aborted; other callers of
    /// the same query are not affected. CNAMEs are followed (8 at most).
    virtual awaitable<answer<net::ip_address>> a(std::string name) = 0;
    virtual awaitable<answer<net::ip_address>> aaaa(std::string name) = 0;
    virtual awaitable<answer<srv_record>> srv(std::string name) = 0;
    virtual awaitable<answer<naptr_record>> naptr(std::string name) = 0;
    virtual awaitable<answer<tlsa_record>> tlsa(std::string name) = 0;
    /// Names of an address.
    virtual awaitable<answer<std::string>> ptr(net::ip_address address) = 0;

    /// A and AAAA of `name` together: IPv6 and IPv4 interleaved, IPv6 first (RFC 8305 section 4) when this
    /// host has a global IPv6 address, else IPv4 only first. An IP literal answers itself.
    virtual awaitable<answer<net::ip_address>> addresses(std::string name) = 0;

    /// Asks again for everything, whatever its TTL (SIGHUP); what was known serves while DNS is down.
    virtual void flush() = 0;
};

/// With the system's servers (/etc/resolv.conf), re-read when that file changes; or `servers` as
/// "ip:port,ip:port".
std::unique_ptr<resolver> make_resolver(executor ex, std::string servers = "");

/// RFC 2782: ascending priority, weighted random order within one priority. `random` gives [0, bound).
std::vector<srv_record> srv_order(std::vector<srv_record> records);

}  // namespace stox::dns
