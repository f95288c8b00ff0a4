// SPDX-License-Identifier: Apache-2.0
// DNS messages (RFC 1035 section 4): writes the queries of the resolver and judges the raw answers. Not a
// general DNS library: one question per message, the answer and authority sections, the types that signalling
// needs. Every byte is hostile; no input makes it loop, over-read or allocate beyond the message's own size.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "dns/resolver.hpp"

namespace stox::dns {

enum class rr_type : std::uint16_t {
    a = 1,
    cname = 5,
    soa = 6,
    ptr = 12,
    aaaa = 28,
    srv = 33,    // RFC 2782
    naptr = 35,  // RFC 3403
    tlsa = 52,   // RFC 6698
};

/// `name` as normal_name() gives it.
struct question {
    std::string name;
    rr_type type = rr_type::a;
    auto operator<=>(const question&) const = default;
};

using record = std::variant<net::ip_address, srv_record, naptr_record, tlsa_record, std::string>;

/// What one message says about one question.
struct reply {
    status state = status::unavailable;  // never unavailable from parse_reply
    std::vector<record> records;         // all of the type asked for; 64 at most, the rest is left out
    std::string alias;                   // where the CNAME chain leaves this message: ask there; "" otherwise
    seconds ttl{0};                      // least of all records used; for negative answers RFC 2308 section 5
    bool authentic = false;              // the AD bit as it came; whether it counts is the caller's matter
};

/// CNAME links that are followed before a chain counts as broken.
inline constexpr int max_aliases = 8;

/// Lower case without the trailing dot; nullopt for what cannot be asked: empty, over 253 bytes, a label that
/// is empty or over 63 bytes, a byte that is not a letter, digit, '-' or '_'.
std::optional<std::string> normal_name(std::string_view name);

/// "1.2.0.192.in-addr.arpa" and its ip6.arpa cousin (RFC 1035 section 3.5, RFC 3596 section 2.5).
std::string reverse_name(const net::ip_address& ip);

/// A recursive query that asks for the AD bit (RFC 6840 section 5.7).
std::string encode_query(const question& q, std::uint16_t id);

/// Judges an answer to `q`. An error means that nothing was learnt about the name: malformed, truncated, not
/// an answer to this question, a response code other than NOERROR and NXDOMAIN, or a chain over max_aliases.
result<reply> parse_reply(std::string_view bytes, const question& q);

}  // namespace stox::dns
