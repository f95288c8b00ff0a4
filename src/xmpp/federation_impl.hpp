// SPDX-License-Identifier: Apache-2.0
// The federation behind its interface: routes (one per domain pair that we send on), connections (streams of
// either direction) and how they find each other. federation.cpp: the interface; federation_admit.cpp: who
// gets in; federation_route.cpp: queues per pair and back-off; federation_dial.cpp: finding and opening
// streams; federation_verify.cpp: dialback verification.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bounded_map.hpp"
#include "base/token_bucket.hpp"
#include "net/listener.hpp"
#include "observe/metrics.hpp"
#include "runtime/backoff.hpp"
#include "runtime/event.hpp"
#include "runtime/task_group.hpp"
#include "xmpp/federation.hpp"
#include "xmpp/federation_connect.hpp"
#include "xmpp/federation_connection.hpp"
#include "xmpp/stream/parcel_queue.hpp"

namespace stox::xmpp {

class federation_impl final : public federation, private connection_owner {
  public:
    federation_impl(executor ex, federation_options options, dns::resolver& resolver,
                    const net::certificate_store& certificates);

    awaitable<std::optional<stanza_error>> send(outgoing_stanza stanza, milliseconds limit) override;
    bool post(outgoing_stanza stanza) override;
    std::vector<std::string> open() override;
    awaitable<void> run(executor ex) override;
    void on_stanza(stanza_handler handler) override { handler_ = std::move(handler); }
    void set_domain_gate(std::function<awaitable<bool>(std::string)> gate) override {
        gate_ = std::move(gate);
    }
    void set_next_hop(std::function<std::optional<xmpp_next_hop>(std::string_view)> f) override {
        next_hop_ = std::move(f);
    }
    void set_tap(tap* t) override { tap_ = t; }
    std::vector<stream_info> streams() const override;
    std::size_t queued() const override;

  private:
    // What is on its way out for one pair, and over which stream.
    struct route {
        route(executor ex, const federation_options& o, stream::domain_pair p, std::size_t& all_waiting)
            : pair(std::move(p)),
              waiting(all_waiting),
              changed(ex),
              retry(std::move(ex)),
              delay(o.first_retry, o.longest_retry) {}
        stream::domain_pair pair;
        stream::parcel_queue waiting;
        connection_ptr via;
        connection_ptr attempt;           // a stream that is being opened or asked for this pair
        std::string refusal;              // why the attempt may not carry the pair
        std::weak_ptr<connection> asked;  // the stream that would not carry the pair
        event changed;                    // via, attempt's end or refusal
        event retry;                      // the back-off is over before its time
        backoff delay;
        steady_time retry_at{}, last_up{}, last_use{};
        std::optional<stanza_error> last_error;
        bool pumping = false;
    };
    struct key_question {
        key_question(executor ex, net::ip_address asked_from)
            : changed(std::move(ex)), source(std::move(asked_from)) {}
        event changed;           // answered, or a stream has ended
        net::ip_address source;  // prefix of who makes us ask
        bool answered = false;
        stream::verdict result = stream::verdict::failed;
    };
    using key_id = std::pair<stream::domain_pair, std::string>;

    // connection_owner
    awaitable<bool> serves(std::string domain) override;
    awaitable<void> deliver(const connection_ptr& by, const incoming_stanza& stanza) override;
    void verify_key(const connection_ptr& for_whom, stream::domain_pair pair, std::string id,
                    std::string key) override;
    void key_answered(const stream::domain_pair& pair, const std::string& id,
                      stream::verdict result) override;
    void in_opened(const connection_ptr& by, const stream::domain_pair& pair) override;
    void out_opened(const connection_ptr& by, const stream::domain_pair& pair) override;
    void out_refused(const connection_ptr& by, const stream::domain_pair& pair,
                     const std::string& words) override;
    void stream_ended(const connection_ptr& by) override;
    void room_again(const connection_ptr& by) override;
    void noted(const connection& by, std::string_view words) override;

    // federation_admit.cpp
    awaitable<void> accept_from(net::tcp_listener& listener, bool direct);
    void admit(net::stream_ptr transport, bool direct);
    bool too_many_from(const net::ip_address& source) const;
    awaitable<void> turn_away(std::shared_ptr<net::byte_stream> from, const char* condition);
    void report(const connection& by);

    // federation.cpp
    connection_ptr make_connection(stream::s2s_settings settings);
    void start(const connection_ptr& by, net::stream_ptr transport);
    awaitable<void> attend(connection_ptr by);
    bool is_answer_to_ping(const connection_ptr& by, const incoming_stanza& stanza);

    // federation_route.cpp
    bool enqueue(outgoing_stanza& stanza, stream::parcel&& p);
    route* route_for(const stream::domain_pair& pair);
    void start_pump(route& r);
    awaitable<void> pump(stream::domain_pair pair);
    awaitable<void> back_off(route& r);
    awaitable<void> attempt(route& r);
    void attempt_failed(route& r, const stanza_error& why);
    static void heard_from(route& r, steady_time now);
    void flush(route& r);
    bool room_for(const route& r, const stream::parcel& p) const;
    void fail_those(route& r, const stanza_error& why,
                    const std::function<bool(const stream::parcel&)>& whom);
    void fail_waiting(route& r, steady_time later_than, const stanza_error& why);
    void forget(const connection_ptr& by);
    void take_back(std::vector<stream::parcel> parcels);
    awaitable<void> sweep();

    // federation_dial.cpp
    awaitable<std::optional<stanza_error>> open_route(route& r);
    awaitable<bool> piggyback(route& r);
    awaitable<connected> connect_some(std::vector<server_target> targets);
    awaitable<std::string> try_target(route& r, connected at, milliseconds patience);
    static std::string why_not(const route& r, const connection& by);
    awaitable<std::vector<server_target>> redirection(const connection& by, server_target from);
    connection_ptr start_on(connected& at, stream::s2s_settings settings);
    awaitable<bool> settled(route& r, connection_ptr by, steady_time until);
    awaitable<server_location> locate(std::string domain);
    stream::s2s_settings outgoing(const stream::domain_pair& pair) const;

    // federation_verify.cpp
    awaitable<void> ask_authority(connection_ptr for_whom, stream::domain_pair pair, std::string id,
                                  std::string key);
    awaitable<void> put_question(connection_ptr asker, stream::domain_pair pair, std::string id,
                                 std::string key, key_question& question);
    static awaitable<bool> answered(key_question& question, connection_ptr by, milliseconds limit);

    executor executor_;
    federation_options options_;
    dns::resolver& resolver_;
    const net::certificate_store& certificates_;
    std::vector<std::pair<std::unique_ptr<net::tcp_listener>, bool>> listeners_;  // direct TLS?
    std::size_t waiting_bytes_ = 0;                                               // of all routes
    std::map<stream::domain_pair, std::unique_ptr<route>> routes_;
    std::vector<connection_ptr> connections_;
    std::map<key_id, key_question*> questions_;
    bounded_map<net::ip_address, token_bucket, net::ip_address_hash> reports_{4096};  // by source prefix
    std::size_t turning_away_ = 0;
    stanza_handler handler_;
    std::function<awaitable<bool>(std::string)> gate_;
    std::function<std::optional<xmpp_next_hop>(std::string_view)> next_hop_;
    tap* tap_ = nullptr;
    task_group* group_ = nullptr;  // while run() is under way
    bool stopped_ = false;         // run() has ended: nothing is taken any more

    metrics::counter stanzas_in_{"stox_xmpp_stanzas_received_total", "Stanzas received", {{"link", "s2s"}}};
    metrics::counter stanzas_out_{
        "stox_xmpp_stanzas_sent_total", "Stanzas queued to be sent", {{"link", "s2s"}}};
    metrics::counter streams_in_{"stox_xmpp_streams_total", "Streams begun", {{"direction", "in"}}};
    metrics::counter streams_out_{"stox_xmpp_streams_total", "Streams begun", {{"direction", "out"}}};
    metrics::counter refused_{"stox_xmpp_connections_refused_total", "Connections over a limit"};
    metrics::counter requeued_{"stox_xmpp_stanzas_requeued_total", "Stanzas of lost streams queued again"};
    metrics::counter dropped_{"stox_xmpp_stanzas_dropped_total",
                              "Posted stanzas given up: their time had passed or the domain does not exist"};
    metrics::gauge live_{"stox_xmpp_streams", "Streams now"};
};

inline stanza_error stopping() {
    return stanza_error::of("remote-server-timeout", "the gateway is stopping");
}

/// Whether a certificate proves an XMPP domain to us: a trusted chain that covers it (RFC 6120 section 13.7,
/// RFC 7590). This is the one place that says which certificates count; the servers that we connect to may
/// also show others, because DNS named them and dialback proves us to them.
bool proves_domain(const net::tls_peer& peer, const std::string& domain);

}  // namespace stox::xmpp
