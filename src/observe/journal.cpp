// SPDX-License-Identifier: Apache-2.0
#include "observe/journal.hpp"

#include "base/random.hpp"

namespace stox::observe {
namespace {

constexpr auto idle_limit = std::chrono::minutes(10);

std::size_t cost(const journal_entry& e) {
    return sizeof e + e.conversation.size() + e.peer.size() + e.summary.size() + e.text.size();
}

}  // namespace

void journal::record(journal_entry entry) {
    entry.sequence = ++last_sequence_;
    entry.at = wall_clock::now();
    bytes_ += cost(entry);
    entries_.push_back(std::move(entry));
    while (entries_.size() > max_entries_ || (bytes_ > max_bytes_ && entries_.size() > 1)) {
        bytes_ -= cost(entries_.front());
        entries_.pop_front();
        ++discarded_;
    }
    for (auto it = followers_.begin(); it != followers_.end();) {
        const auto current = it++;  // a follower may leave while it is called
        current->second(entries_.back());
    }
}

void journal::for_each(const std::function<void(const journal_entry&)>& f) const {
    for (const auto& e : entries_) f(e);
}

std::uint64_t journal::follow(std::function<void(const journal_entry&)> f) {
    followers_.emplace(++last_follower_, std::move(f));
    return last_follower_;
}

void journal::unfollow(std::uint64_t follower) { followers_.erase(follower); }

std::string conversation_ids::id_for(std::string_view a, std::string_view b, steady_time now) {
    if (b < a) std::swap(a, b);
    std::string key(a);
    key += '\n';
    key += b;
    if (auto* found = live_.find(key, now)) {
        conversation c = *found;
        c.last = now;
        ++c.events;
        return live_.put(key, std::move(c), now + idle_limit).id;
    }
    conversation c{random_token(40), std::string(a), std::string(b), wall_clock::now(), now, 1};
    return live_.put(key, std::move(c), now + idle_limit).id;
}

void conversation_ids::for_each(const std::function<void(const conversation&)>& f) const {
    live_.for_each([&](const std::string&, const conversation& c) { f(c); });
}

}  // namespace stox::observe
