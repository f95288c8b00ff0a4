// SPDX-License-Identifier: Apache-2.0
// The event ring (design: "seeing inside"): what happened in each conversation, SIP and XMPP on one time
// line. Bounded in entries and bytes; the oldest go first. `stox trace` reads it after the fact and follows
// it live. Whoever records redacts first: no keys, no digest responses, and message bodies only when asked
// for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bounded_map.hpp"
#include "base/clock.hpp"

namespace stox::observe {

enum class leg { sip, xmpp, gateway };
enum class direction { in, out, none };

struct journal_entry {
    std::uint64_t sequence = 0;  // given by record()
    wall_time at{};              // given by record()
    std::string
        conversation;  // id from conversation_ids, "" for what belongs to no pair (a stream, a listener)
    leg where = leg::gateway;
    direction way = direction::none;
    std::string peer;     // "udp 192.0.2.1:5060", "xmpp.example s2s"
    std::string summary;  // one line: "MESSAGE sip:bob@example.com", "message type=chat", "refused: ..."
    std::string text;     // the redacted bytes, may be empty
};

class journal {
  public:
    /// The memory is taken and touched here, once: a busy hour does not make the process grow.
    journal(std::size_t max_entries, std::size_t max_bytes);

    /// Fields over 32 kB are cut.
    void record(journal_entry entry);

    /// Oldest first. `f` must not record.
    void for_each(const std::function<void(const journal_entry&)>& f) const;

    /// Calls `f` with each new entry until the returned number is given to unfollow().
    std::uint64_t follow(std::function<void(const journal_entry&)> f);
    void unfollow(std::uint64_t follower);

    std::uint64_t discarded() const { return discarded_; }

  private:
    struct slot {
        std::uint64_t sequence;
        wall_time at;
        std::size_t offset;  // of conversation, peer, summary and text, one behind the other
        std::uint16_t conversation, peer, summary, text;  // their sizes
        leg where;
        direction way;
        std::size_t size() const { return std::size_t{conversation} + peer + summary + text; }
    };

    journal_entry entry_of(const slot& s) const;
    const slot& oldest() const { return slots_[first_]; }
    void drop_oldest();
    std::size_t make_room(std::size_t size);

    std::vector<slot> slots_;  // a ring: first_, count_
    std::vector<char> bytes_;  // a ring of contiguous pieces in the order of the slots
    std::size_t first_ = 0, count_ = 0, next_offset_ = 0;
    std::map<std::uint64_t, std::function<void(const journal_entry&)>> followers_;
    std::uint64_t last_sequence_ = 0, last_follower_ = 0, discarded_ = 0;
};

/// Gives each unordered pair of addresses a conversation id that lasts until the pair was idle for ten
/// minutes.
class conversation_ids {
  public:
    explicit conversation_ids(std::size_t capacity) : live_(capacity) {}

    /// `a` and `b`: bare home addresses ("juliet@xmpp.example", "romeo@sip.example"); order does not matter.
    std::string id_for(std::string_view a, std::string_view b, steady_time now);

    struct conversation {
        std::string id, a, b;
        wall_time began{};
        steady_time last{};
        std::uint64_t events = 0;
    };
    void for_each(const std::function<void(const conversation&)>& f) const;
    void drop_idle(steady_time now) { live_.drop_expired(now); }

  private:
    bounded_map<std::string, conversation> live_;
};

}  // namespace stox::observe
