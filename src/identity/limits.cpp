// SPDX-License-Identifier: Apache-2.0
#include "identity/limits.hpp"

namespace stox::identity {
namespace {

constexpr std::size_t remembered = 10'000;
// A bucket is full again long before; then it is the same as a new one.
constexpr std::chrono::minutes kept{5};
// Against unwanted mass messages: strangers somebody may begin to write to.
constexpr double recipients_per_minute = 20;
constexpr double proven_requests_per_second = 10'000;
constexpr std::chrono::minutes proven_for{10};
constexpr double waiting_per_second = 100;
constexpr double waiting_burst = 200;

std::string domain_of(const std::string& home) { return home.substr(home.rfind('@') + 1); }

}  // namespace

request_limits::request_limits(const config::limits& limits, const served_domains& served)
    : limits_(limits),
      served_(served),
      sources_(remembered),
      waiting_(remembered),
      proven_(remembered),
      senders_(remembered),
      recipients_(remembered),
      guests_(remembered) {}

bool request_limits::take(buckets& from, const std::string& key, double rate, double burst, steady_time now) {
    auto* bucket = from.find(key, now);
    if (!bucket) bucket = &from.put(key, token_bucket(rate, burst), now + kept);
    return bucket->take(now);
}

std::optional<refusal> request_limits::admit_source(const net::ip_address& source, steady_time now) {
    const auto plain = net::unmapped(source);
    if (net::is_loopback(plain)) return std::nullopt;
    for (const auto& peer : served_.settings().sip.peers)
        if (const auto address = net::parse_ip(peer.address); address && net::unmapped(*address) == plain)
            return std::nullopt;
    if (auto* known = proven_.find(net::source_prefix(plain).to_string(), now)) {
        if (known->take(now)) return std::nullopt;
        return refusal::too_much("too many requests from " + plain.to_string(), 2);
    }
    const auto key = net::source_prefix(plain).to_string();
    const double burst = std::max(1U, limits_.unknown_source_requests);
    if (take(sources_, key, burst / 2, burst, now)) return std::nullopt;
    if (proving_.contains(key) && take(waiting_, key, waiting_per_second, waiting_burst, now))
        return std::nullopt;
    return refusal::too_much("too many requests from " + plain.to_string(), 2);
}

request_limits::proving::proving(request_limits& limits, const net::ip_address& source)
    : limits_(limits), key_(net::source_prefix(net::unmapped(source)).to_string()) {
    ++limits_.proving_[key_];
}

request_limits::proving::~proving() {
    const auto at = limits_.proving_.find(key_);
    if (--at->second == 0) limits_.proving_.erase(at);
}

void request_limits::note_proven(const net::ip_address& source, steady_time now) {
    const auto key = net::source_prefix(net::unmapped(source)).to_string();
    token_bucket bucket(proven_requests_per_second, proven_requests_per_second);
    if (const auto* known = proven_.find(key, now)) bucket = *known;
    proven_.put(key, bucket, now + proven_for);
}

std::optional<refusal> request_limits::admit_message(const passage& p, bool trusted, steady_time now) {
    const bool full = trusted || served_.consent_for(domain_of(p.home_from)) == consent::full;
    if (p.level != consent::full) {
        const double rate = std::max(1U, limits_.guest_messages_per_second);
        if (!take(guests_, p.served_domain, rate, rate * 2, now))
            return refusal::too_much(p.served_domain + " is a guest here and may pass " +
                                         std::to_string(limits_.guest_messages_per_second) +
                                         " messages a second. To lift it: domains = [\"" + p.served_domain +
                                         "\"]",
                                     1);
    }
    if (full) return std::nullopt;
    const double rate = std::max(1U, limits_.sender_messages_per_second);
    const double burst = std::max(1U, limits_.sender_message_burst);
    if (!take(senders_, p.home_from, rate, burst, now))
        return refusal::too_much("too many messages from " + p.home_from, 1);
    if (p.first_contact &&
        !take(recipients_, p.home_from, recipients_per_minute / 60, recipients_per_minute, now))
        return refusal::too_much(p.home_from + " writes to too many new people", 60);
    return std::nullopt;
}

void request_limits::drop_expired(steady_time now) {
    for (auto* table : {&sources_, &waiting_, &proven_, &senders_, &recipients_, &guests_})
        table->drop_expired(now);
}

}  // namespace stox::identity
