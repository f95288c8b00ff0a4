// SPDX-License-Identifier: Apache-2.0
// How much a stranger may ask for: token buckets per source, per sender and per guest domain. Domains with
// the owner's full consent and listed peers are bounded by capacity only. Every table is bounded.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "base/bounded_map.hpp"
#include "base/token_bucket.hpp"
#include "config/config.hpp"
#include "identity/refusal.hpp"
#include "identity/route.hpp"
#include "net/address.hpp"

namespace stox::identity {

class request_limits {
  public:
    request_limits(const config::limits& limits, const served_domains& served);

    void configure(const config::limits& limits) { limits_ = limits; }

    /// A SIP request from a source of which nothing is known yet, before any look-up: per IPv4 address or
    /// IPv6 /64. Loopback and listed peers are not counted.
    std::optional<refusal> admit_source(const net::ip_address& source, steady_time now);

    /// While a sender at a source is being proven, what else comes from there may wait for the outcome: a
    /// proxy that carries many users must not be refused only because they write at once. 200 requests, then
    /// 100 a second.
    class proving {
      public:
        proving(request_limits& limits, const net::ip_address& source);
        ~proving();
        proving(const proving&) = delete;
        proving& operator=(const proving&) = delete;

      private:
        request_limits& limits_;
        std::string key_;
    };

    /// A sender at `source` was proven (trust.hpp): for ten minutes its requests are bounded by capacity only
    /// (10,000 a second).
    void note_proven(const net::ip_address& source, steady_time now);

    /// One message along `p`. `trusted`: of a listed peer.
    std::optional<refusal> admit_message(const passage& p, bool trusted, steady_time now);

    void drop_expired(steady_time now);

  private:
    using buckets = bounded_map<std::string, token_bucket>;
    static bool take(buckets& from, const std::string& key, double rate, double burst, steady_time now);

    config::limits limits_;
    std::unordered_map<std::string, std::size_t> proving_;  // proofs under way by source
    const served_domains& served_;
    buckets sources_, waiting_, proven_, senders_, recipients_, guests_;
};

}  // namespace stox::identity
