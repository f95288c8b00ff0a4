// SPDX-License-Identifier: Apache-2.0
// Queries under way. Callers with the same question share one; a caller that leaves does not end it. At most
// 256 are with the servers at a time, the rest wait in order. Outcomes go into the cache.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "dns/cache.hpp"
#include "dns/channel.hpp"
#include "observe/metrics.hpp"
#include "runtime/event.hpp"

namespace stox::dns {

struct flight {
    explicit flight(executor ex) : done(std::move(ex)) {}
    event done;
    std::optional<reply> outcome;   // empty when done: the query failed
    bool authentic_counts = false;  // the servers that answered are believed about AD
    std::shared_ptr<channel> via;   // kept until the answer came, also when the servers change meanwhile
    std::uint64_t generation = 0;   // of the cache when it was asked
    steady_time began{};
};

class flights : public std::enable_shared_from_this<flights> {
  public:
    /// `servers` as "ip:port,..."; "" reads `resolv_conf` and reads it again when the file changes.
    flights(executor ex, std::string servers, std::string resolv_conf);
    /// Drops what is under way; nobody waits any more.
    ~flights();
    flights(const flights&) = delete;
    flights& operator=(const flights&) = delete;

    /// Joins or starts the query; nullptr when too many wait already or there is no way to ask.
    std::shared_ptr<flight> start(const question& q);

    /// Answers to what was asked before do not enter the cache any more, what is in it needs a new answer,
    /// and resolv.conf is read again.
    void flush();

    /// The servers are silent: within the last seconds a flight ended, or was given up by note_silence(),
    /// without any server saying anything to anybody meanwhile. Ends with the first word that they say.
    bool silent(steady_time now) const { return now < silent_until_; }
    /// Somebody waited for `f` in vain for long enough to notice.
    void note_silence(const flight& f, steady_time now);

    cache known;

  private:
    void take_off(const question& q, const std::shared_ptr<flight>& f);
    void landed(const question& q, const std::shared_ptr<flight>& f, const channel::ending& how);
    void follow_resolv_conf();

    executor executor_;
    std::string fixed_servers_, resolv_conf_;
    std::string seen_file_;  // what stat() said when it was read
    steady_time looked_at_{};
    std::shared_ptr<channel> channel_;
    bool believes_ad_ = false;
    std::map<question, std::shared_ptr<flight>> all_;
    std::deque<std::pair<question, std::shared_ptr<flight>>> waiting_;
    std::size_t with_servers_ = 0;
    std::uint64_t generation_ = 0;
    steady_time heard_at_{}, silent_until_{};
    metrics::counter asked_{"stox_dns_queries_total", "Queries sent to the DNS servers"};
    metrics::counter failed_{"stox_dns_failures_total", "Queries without a usable answer"};
};

}  // namespace stox::dns
