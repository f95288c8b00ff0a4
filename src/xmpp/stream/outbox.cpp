// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/outbox.hpp"

#include <set>
#include <utility>

#include "base/random.hpp"
#include "xmpp/stream/tag.hpp"

namespace stox::xmpp::stream {

namespace {

constexpr std::size_t most_pings = 256;

// Whose loss nobody but us would notice. Who sent an iq asks again when the answer stays away (RFC 6120
// section 8.2.3), and to prove answers to pings by pings would never end.
bool wants_proof(const parcel& p) { return p.done || !p.bytes.starts_with("<iq"); }

std::string request() { return tag("r").attribute("xmlns", ns_management).empty(); }

}  // namespace

bool outbox::push(parcel&& p) {
    const bool full = waiting_.size() >= max_stanzas_ || waiting_bytes_ + p.bytes.size() > max_bytes_;
    if (full && !waiting_.empty()) return false;
    waiting_bytes_ += p.bytes.size();
    waiting_.push_back(std::move(p));
    return true;
}

std::string outbox::write_ping(const domain_pair& pair) {
    // Old pings that were never answered prove nothing any more once newer ones are out.
    if (pings_.size() >= most_pings) pings_.pop_front();
    pings_.push_back({random_token(64), pair, sequence_});
    tag iq("iq");
    iq.attribute("type", "get").attribute("id", pings_.back().id);
    iq.attribute("from", pair.local).attribute("to", pair.remote);
    return iq.with_children(tag("ping").attribute("xmlns", "urn:xmpp:ping").empty());
}

bool outbox::may_write() const {
    return !waiting_.empty() && in_flight_bytes_ < max_bytes_ && in_flight_.size() < max_stanzas_;
}

std::string outbox::take(std::size_t at_most, steady_time now) {
    std::string out;
    std::set<domain_pair> to_ping;
    while (out.size() < at_most && may_write()) {
        parcel p = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= p.bytes.size();
        if (p.done && p.until <= now) {
            p.done(stanza_error::of("remote-server-timeout", "the time to send it had passed"));
            continue;
        }
        out += p.bytes;
        ++sequence_;
        if (!managed_ && !wants_proof(p)) continue;
        if (!managed_) to_ping.insert(p.pair);
        in_flight_bytes_ += p.bytes.size();
        counted_ += managed_ ? 1U : 0U;
        in_flight_.push_back({std::move(p), sequence_, managed_, now});
    }
    if (managed_ && !out.empty()) out += request();
    for (const auto& pair : to_ping) out += write_ping(pair);
    return out;
}

void outbox::settle(std::deque<sent>::iterator at) {
    in_flight_bytes_ -= at->what.bytes.size();
    if (const auto done = std::exchange(at->what.done, nullptr)) done(std::nullopt);
}

bool outbox::acknowledged(std::uint32_t h) {
    std::uint32_t count = h - acknowledged_;  // modulo 2^32, XEP-0198 section 4
    if (count > counted_) return false;
    counted_ -= count;
    acknowledged_ = h;
    for (; count > 0 && in_flight_.front().counted; --count) {
        settle(in_flight_.begin());
        in_flight_.pop_front();
    }
    if (count == 0) return true;
    std::deque<sent> left;
    for (auto it = in_flight_.begin(); it != in_flight_.end(); ++it) {
        if (it->counted && count > 0) {
            --count;
            settle(it);
        } else {
            left.push_back(std::move(*it));
        }
    }
    in_flight_ = std::move(left);
    return true;
}

bool outbox::pong(const domain_pair& pair, std::string_view id) {
    auto answered = pings_.begin();
    while (answered != pings_.end() && (answered->id != id || answered->pair != pair)) ++answered;
    if (answered == pings_.end()) return false;
    const auto sequence = answered->sequence;
    pings_.erase(answered);
    const auto covered = [&](const sent& s) {
        return !s.counted && s.what.pair == pair && s.sequence <= sequence;
    };
    while (!in_flight_.empty() && covered(in_flight_.front())) {
        settle(in_flight_.begin());
        in_flight_.pop_front();
    }
    if (in_flight_.empty() || in_flight_.front().sequence > sequence) return true;
    std::deque<sent> left;
    for (auto it = in_flight_.begin(); it != in_flight_.end(); ++it) {
        if (covered(*it))
            settle(it);
        else
            left.push_back(std::move(*it));
    }
    in_flight_ = std::move(left);
    return true;
}

std::string outbox::probe(const domain_pair& pair) { return managed_ ? request() : write_ping(pair); }

std::vector<parcel> outbox::give_back() {
    std::vector<parcel> out;
    for (auto& s : in_flight_) out.push_back(std::move(s.what));
    for (auto& p : waiting_) out.push_back(std::move(p));
    in_flight_.clear();
    waiting_.clear();
    pings_.clear();
    waiting_bytes_ = in_flight_bytes_ = 0;
    counted_ = 0;
    return out;
}

}  // namespace stox::xmpp::stream
