// SPDX-License-Identifier: Apache-2.0
#include "observe/journal.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "base/utf8.hpp"

namespace stox::observe {
namespace {

constexpr auto idle_limit = std::chrono::minutes(10);

constexpr std::size_t longest_field = 32'768;

std::string_view cut(std::string_view field) { return utf8_prefix(field, longest_field); }

}  // namespace

journal::journal(std::size_t max_entries, std::size_t max_bytes)
    : slots_(std::max<std::size_t>(max_entries, 1)), bytes_(std::max(max_bytes, 4 * longest_field), '\0') {}

void journal::drop_oldest() {
    first_ = (first_ + 1) % slots_.size();
    --count_;
    ++discarded_;
}

// The pieces in use lie from the oldest slot's offset to next_offset_, perhaps around the end; what is asked
// for must be contiguous, so the rest behind next_offset_ is skipped when it is too short.
std::size_t journal::make_room(std::size_t size) {
    if (count_ == slots_.size()) drop_oldest();
    for (;;) {
        if (count_ == 0) return 0;
        const std::size_t begin = oldest().offset;
        if (next_offset_ > begin) {
            if (bytes_.size() - next_offset_ >= size) return next_offset_;
            if (begin > size) return 0;
        } else if (begin - next_offset_ > size) {
            return next_offset_;
        }
        drop_oldest();
    }
}

journal_entry journal::entry_of(const slot& s) const {
    std::string_view rest(bytes_.data() + s.offset, s.size());
    const auto take = [&rest](std::size_t n) {
        const std::string_view piece = rest.substr(0, n);
        rest.remove_prefix(n);
        return std::string(piece);
    };
    journal_entry e;
    e.sequence = s.sequence;
    e.at = s.at;
    e.where = s.where;
    e.way = s.way;
    e.conversation = take(s.conversation);
    e.peer = take(s.peer);
    e.summary = take(s.summary);
    e.text = take(s.text);
    return e;
}

void journal::record(journal_entry entry) {
    const auto conversation = cut(entry.conversation), peer = cut(entry.peer), summary = cut(entry.summary),
               text = cut(entry.text);
    slot s{};
    s.sequence = entry.sequence = ++last_sequence_;
    s.at = entry.at = wall_clock::now();
    s.where = entry.where;
    s.way = entry.way;
    s.conversation = static_cast<std::uint16_t>(conversation.size());
    s.peer = static_cast<std::uint16_t>(peer.size());
    s.summary = static_cast<std::uint16_t>(summary.size());
    s.text = static_cast<std::uint16_t>(text.size());
    s.offset = make_room(s.size());
    std::size_t at = s.offset;
    for (const std::string_view field : {conversation, peer, summary, text}) {
        std::copy(field.begin(), field.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
        at += field.size();
    }
    next_offset_ = at;
    slots_[(first_ + count_) % slots_.size()] = s;
    ++count_;
    for (auto it = followers_.begin(); it != followers_.end();) {
        const auto current = it++;  // a follower may leave while it is called
        current->second(entry);
    }
}

void journal::for_each(const std::function<void(const journal_entry&)>& f) const {
    for (std::size_t i = 0; i < count_; ++i) f(entry_of(slots_[(first_ + i) % slots_.size()]));
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
