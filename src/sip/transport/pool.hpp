// SPDX-License-Identifier: Apache-2.0
// All TCP and TLS connections: accepting within limits, connecting, reuse for requests to the same target and
// for responses (RFC 3261 section 18, RFC 5923), and their clock.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>

#include "net/tls.hpp"
#include "runtime/task_group.hpp"
#include "sip/transport/connect.hpp"
#include "sip/transport/connection.hpp"

namespace stox::sip {

struct pool_limits {
    connection_limits each;
    std::size_t connections = 4096;
    std::size_t unproven_per_source = 16;
};

struct reached {
    std::optional<flow> path;
    std::shared_ptr<const void> keep;  // what keeps path->tls alive
    bool reused = false;               // a connection that was open before
    reach_failure why = reach_failure::none;
    std::string words;
};

class connection_pool {
  public:
    /// Tasks run in `tasks`, which outlives the pool's use; `own_domain` names the certificate we show.
    connection_pool(executor ex, task_group& tasks, const net::certificate_store& certificates,
                    std::string own_domain, pool_limits limits, receiver& up);

    /// A stream that a listener accepted; refused (closed) over the limits, after a second's wait for a
    /// source whose connections come in a burst.
    void accept(transport kind, net::stream_ptr plain);
    /// A connection to `to`: one that exists, or a new one. Concurrent calls share one attempt. Ends within
    /// 13 s.
    awaitable<reached> reach(target to);

    connection_ptr find(std::uint64_t id) const;
    bool send(std::uint64_t id, std::string_view bytes);
    void on_time(steady_time now);
    std::size_t size() const { return live_.size() + handshakes_ + waiting_; }

  private:
    struct attempt {
        explicit attempt(executor ex) : done(std::move(ex)) {}
        event done;
        reached outcome;
        std::shared_ptr<const void> seat;  // answers only
    };
    using attempt_ptr = std::shared_ptr<attempt>;

    connection_ptr reusable(const target& to) const;
    void begin(transport kind, net::stream_ptr plain, std::shared_ptr<const void> seat);
    awaitable<void> wait_for_seat(transport kind, net::stream_ptr plain);
    awaitable<void> secure(net::stream_ptr plain, std::shared_ptr<const void> seat);
    awaitable<void> open(target to, attempt_ptr waiting);
    connection_ptr start(transport kind, net::stream_ptr stream, std::string opened_to);
    std::shared_ptr<const void> take_seat(const net::ip_address& source);

    executor executor_;
    task_group& tasks_;
    const net::certificate_store& certificates_;
    std::string own_domain_;
    pool_limits limits_;
    receiver& up_;
    std::unordered_map<std::uint64_t, connection_ptr> live_;
    std::map<std::string, attempt_ptr> attempts_;
    // Shared with the seats that are out, which may outlive the pool.
    using seat_counts = std::unordered_map<net::ip_address, std::size_t, net::ip_address_hash>;
    std::shared_ptr<seat_counts> seats_ = std::make_shared<seat_counts>();
    std::size_t handshakes_ = 0, waiting_ = 0;
    std::uint64_t last_ = 0;
    metrics::counter accepted_{"stox_sip_connections_accepted_total", "SIP connections accepted"};
    metrics::counter opened_{"stox_sip_connections_opened_total", "SIP connections opened"};
    metrics::counter refused_{"stox_sip_connections_refused_total", "SIP connections refused over a limit"};
    metrics::counter reused_{"stox_sip_connections_reused_total",
                             "SIP requests sent over an open connection"};
};

}  // namespace stox::sip
