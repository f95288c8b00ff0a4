// SPDX-License-Identifier: Apache-2.0
#include "dns/cache.hpp"

#include <algorithm>

namespace stox::dns {
namespace {

constexpr seconds least_ttl{1};
constexpr seconds most_ttl = std::chrono::hours(24);
// RFC 2308 section 5 allows hours; a domain that is just being set up should not wait that long.
constexpr seconds least_negative_ttl{5};
constexpr seconds most_negative_ttl{300};
// RFC 8767 section 5 recommends one to three days as the most; one is enough for an outage of the resolver.
constexpr auto stale_for = std::chrono::hours(24);
constexpr seconds rest_after_failure{2};

std::size_t cost_of(const record& r) {
    std::size_t heap = 0;
    if (const auto* srv = std::get_if<srv_record>(&r)) heap = srv->target.size();
    if (const auto* naptr = std::get_if<naptr_record>(&r))
        heap = naptr->flags.size() + naptr->service.size() + naptr->regexp.size() + naptr->replacement.size();
    if (const auto* tlsa = std::get_if<tlsa_record>(&r)) heap = tlsa->data.size();
    if (const auto* name = std::get_if<std::string>(&r)) heap = name->size();
    return sizeof(record) + heap;
}

}  // namespace

cache::hit cache::find(const question& q, steady_time now) {
    const auto found = index_.find(q);
    if (found == index_.end()) return {};
    const position at = found->second;
    if (now >= at->gone_at) {
        drop(at);
        return {};
    }
    order_.splice(order_.end(), order_, at);
    hit out;
    out.fresh = now < at->fresh_until;
    out.resting = now < at->resting_until;
    if (at->value.state != status::unavailable) out.value = &at->value;
    return out;
}

void cache::store(const question& q, reply r, steady_time now) {
    // An alias is a positive answer too: the CNAME record itself.
    const bool positive = r.state == status::found || !r.alias.empty();
    const seconds ttl = positive ? std::clamp(r.ttl, least_ttl, most_ttl)
                                 : std::clamp(r.ttl, least_negative_ttl, most_negative_ttl);
    entry e;
    e.asked = q;
    e.value = std::move(r);
    e.fresh_until = now + ttl;
    e.gone_at = e.fresh_until + stale_for;
    put(std::move(e));
}

void cache::failed(const question& q, steady_time now) {
    const auto found = index_.find(q);
    if (found != index_.end() && now < found->second->gone_at) {
        found->second->resting_until = now + rest_after_failure;
        return;
    }
    entry e;
    e.asked = q;
    e.resting_until = e.gone_at = now + rest_after_failure;
    put(std::move(e));
}

void cache::expire() {
    for (auto& e : order_) e.fresh_until = e.resting_until = steady_time::min();
}

void cache::put(entry e) {
    if (const auto found = index_.find(e.asked); found != index_.end()) drop(found->second);
    e.cost = sizeof(entry) + 2 * e.asked.name.size() + e.value.alias.size();
    for (const auto& r : e.value.records) e.cost += cost_of(r);
    bytes_ += e.cost;
    order_.push_back(std::move(e));
    index_.emplace(order_.back().asked, std::prev(order_.end()));
    while (order_.size() > 1 && (order_.size() > max_entries_ || bytes_ > max_bytes_)) drop(order_.begin());
}

void cache::drop(position at) {
    bytes_ -= at->cost;
    index_.erase(at->asked);
    order_.erase(at);
}

}  // namespace stox::dns
