// SPDX-License-Identifier: Apache-2.0
#include "admin/trace.hpp"

#include <boost/json.hpp>
#include <deque>

#include "admin/json_lines.hpp"
#include "admin/trace_filter.hpp"
#include "runtime/mailbox.hpp"
#include "runtime/timer.hpp"

namespace stox::admin {
namespace {

namespace json = boost::json;
using observe::journal_entry;

constexpr std::size_t batch_bytes = 256U << 10U;
constexpr std::size_t max_waiting_bytes = 4U << 20U;

std::string_view word_of(observe::leg l) {
    switch (l) {
        case observe::leg::sip:
            return "sip";
        case observe::leg::xmpp:
            return "xmpp";
        case observe::leg::gateway:
            return "gateway";
    }
    return "";
}

std::string_view word_of(observe::direction d) {
    switch (d) {
        case observe::direction::in:
            return "in";
        case observe::direction::out:
            return "out";
        case observe::direction::none:
            return "none";
    }
    return "";
}

std::string line_of(const journal_entry& e) {
    json::object line;
    line["sequence"] = e.sequence;
    line["at"] = iso_time(e.at);
    line["conversation"] = e.conversation;
    line["leg"] = word_of(e.where);
    line["direction"] = word_of(e.way);
    line["peer"] = clean(e.peer);
    line["summary"] = clean(e.summary);
    line["text"] = clean(e.text);
    return json::serialize(line) + '\n';
}

std::string dropped_line(std::uint64_t count) {
    json::object line;
    line["dropped"] = count;
    return json::serialize(line) + '\n';
}

// Takes new entries as they are recorded and keeps them, bounded, for a reader that may be slow.
class follower {
  public:
    follower(executor ex, observe::journal& journal, trace_filter& filter)
        : waiting_(std::move(ex), max_waiting_entries), journal_(journal), filter_(filter) {
        number_ = journal_.follow([this](const journal_entry& e) { take(e); });
    }
    ~follower() { journal_.unfollow(number_); }
    follower(const follower&) = delete;
    follower& operator=(const follower&) = delete;

    /// The next lines, as many as wait.
    awaitable<std::string> next() {
        std::string out;
        do {
            // waits for: the next event; ends when the client leaves
            auto line = co_await waiting_.pop();
            if (!line) break;
            waiting_bytes_ -= line->size();
            out += *line;
        } while (waiting_.size() > 0 && out.size() < batch_bytes);
        if (dropped_ > 0 && waiting_.size() == 0) {
            out += dropped_line(dropped_);
            dropped_ = 0;
        }
        co_return out;
    }

  private:
    void take(const journal_entry& e) {
        if (!filter_.matches(e)) return;
        std::string line = line_of(e);
        const std::size_t size = line.size();
        if (dropped_ > 0 || waiting_bytes_ + size > max_waiting_bytes || !waiting_.push(std::move(line)))
            ++dropped_;  // and so are all later ones until the reader has caught up: no gaps without a count
        else
            waiting_bytes_ += size;
    }

    mailbox<std::string> waiting_;
    observe::journal& journal_;
    trace_filter& filter_;
    std::size_t waiting_bytes_ = 0;
    std::uint64_t dropped_ = 0, number_ = 0;
};

// The sequence numbers of what the past holds for this request.
std::deque<std::uint64_t> wanted_past(const request& r, const observe::journal& journal,
                                      trace_filter& filter) {
    std::deque<std::uint64_t> out;
    journal.for_each([&](const journal_entry& e) {
        if (!filter.matches(e)) return;
        out.push_back(e.sequence);
        if (r.last != 0 && out.size() > r.last) out.pop_front();
    });
    return out;
}

// The next lines of the past, about batch_bytes; drops their numbers from `wanted`. Entries that the ring
// lost meanwhile are counted.
std::string next_batch(std::deque<std::uint64_t>& wanted, const observe::journal& journal,
                       std::uint64_t& lost) {
    std::string out;
    journal.for_each([&](const journal_entry& e) {
        if (out.size() >= batch_bytes) return;
        while (!wanted.empty() && wanted.front() < e.sequence) {
            wanted.pop_front();
            ++lost;
        }
        if (wanted.empty() || wanted.front() != e.sequence) return;
        out += line_of(e);
        wanted.pop_front();
    });
    if (out.empty()) {
        lost += wanted.size();
        wanted.clear();
    }
    return out;
}

}  // namespace

awaitable<void> trace(request r, observe::journal& journal, const observe::conversation_ids& conversations,
                      line_sink& sink) {
    auto ex = co_await asio::this_coro::executor;
    trace_filter filter(r, journal, conversations);
    std::optional<follower> live;
    if (r.follow) live.emplace(ex, journal, filter);  // before the past is read: nothing falls between
    auto wanted = wanted_past(r, journal, filter);
    std::uint64_t lost = 0;
    while (!wanted.empty()) {
        std::string lines = next_batch(wanted, journal, lost);
        if (lost > 0) lines += dropped_line(std::exchange(lost, 0));
        co_await sink.write(std::move(lines));
        co_await yield();
    }
    while (live) {
        std::string lines = co_await live->next();
        if (!lines.empty()) co_await sink.write(std::move(lines));
    }
    std::string last = end_line();
    co_await sink.write(std::move(last));
}

}  // namespace stox::admin
