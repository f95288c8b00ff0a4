// SPDX-License-Identifier: Apache-2.0
// The stack behind stack.hpp: it joins the transports, the transaction table and the request handlers. Its
// parts: stack.cpp (life cycle and registration), stack_receive.cpp (requests and responses coming in),
// stack_send.cpp (requests going out).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/bounded_map.hpp"
#include "base/token_bucket.hpp"
#include "runtime/event.hpp"
#include "runtime/task_group.hpp"
#include "sip/header/via.hpp"
#include "sip/incoming.hpp"
#include "sip/locate.hpp"
#include "sip/request_rules.hpp"
#include "sip/scanners.hpp"
#include "sip/stack.hpp"
#include "sip/transaction/layer.hpp"
#include "sip/transport/layer.hpp"

namespace stox::sip {

/// One request under way: what its transaction told so far.
class exchange final : public transaction::client_user {
  public:
    explicit exchange(executor ex) : done(std::move(ex)) {}
    void responded(message response, const flow& f) override;
    void failed(failure why) override;

    event done;
    std::optional<message> final_response;
    net::socket_address answered_from;
    bool provisional = false;
    std::optional<failure> why;
};

class stack_core final : public stack, private receiver, private transaction::wire, private response_sink {
  public:
    stack_core(executor ex, stack_options options, dns::resolver& resolver,
               const net::certificate_store& certificates);
    ~stack_core() override;

    std::vector<std::string> open() override { return transports_.open(); }
    awaitable<void> run() override;
    void drain() override { draining_ = true; }
    void handle(std::string method, request_handler handler) override;
    void on_admission(std::function<admission(const message&, const flow&)> gate) override;
    void on_dialog_lookup(std::function<bool(const message&)> known) override { dialogs_ = std::move(known); }
    void accept_type(std::string content_type) override;
    awaitable<outcome> send(message request, next_hop hop) override;
    awaitable<bool> prove_source(const flow& f) override;
    uri contact_for(const flow& f, std::string_view user) const override;
    void set_tap(tap* t) override { tap_ = t; }
    void set_credentials(credential_source source) override { credentials_ = std::move(source); }
    std::size_t connection_count() const override { return transports_.connections(); }
    std::size_t transaction_count() const override { return transactions_.size(); }

  private:
    // receiver
    void on_message(message m, const flow& f, std::shared_ptr<const void> keep,
                    std::string_view bytes) override;
    void on_fault(const framed& fault, const flow& f) override;
    void on_lost(const flow& f) override;
    void on_unreachable(const net::socket_address& peer, std::string_view quoted) override;
    bool owes_answers(const flow& f) const override { return transactions_.owes(f.connection); }
    bool awaits_answers(const flow& f) const override { return transactions_.awaits_on(f.connection); }
    void on_event(const flow* f, std::string_view words) override;
    // wire
    bool send_request(const flow& f, std::string_view bytes) override;
    bool send_response(const flow& f, const net::socket_address& back, std::string_view sent_by,
                       std::string_view bytes) override;
    // response_sink
    void send_response(transaction::id of, message response) override;
    void mark_proven(const flow& f) override;

    // Incoming (stack_receive.cpp).
    struct arrived {
        message m;
        flow from;
        std::shared_ptr<const void> keep;
        std::string_view bytes;  // as received, for the tap
        via top;
        std::string key;
        bool admitted = false;
    };
    void on_request(message m, const flow& f, std::shared_ptr<const void> keep, std::string_view bytes);
    void on_response(message m, const flow& f, std::string_view bytes);
    void show(bool incoming, bool admitted, const flow& f, const message& m, std::string_view bytes) const;
    void admit(arrived& request) const;
    void answer(const arrived& request, message response);
    void on_broken(const arrived& request, const defect& why);
    void on_cancel(arrived& request);
    void on_new_request(arrived request);
    bool admitted(arrived& request);
    void serve(arrived request, const request_handler& run);
    awaitable<void> run_handler(request_handler handler, incoming_ptr request);
    void answer_options(const arrived& request);
    void reject(const arrived& request, const rejection& why);
    void sign(message& response) const;
    void reply_statelessly(const flow& f, const via& top, const message& response, bool admitted);
    bool may_reply(const net::ip_address& source);

    // Outgoing (stack_send.cpp).
    struct attempt;
    struct journey;
    void complete(message& request) const;
    awaitable<located> targets_of(const next_hop& hop, locate_options how, steady_time until);
    awaitable<void> try_all(journey& j, std::vector<target> targets);
    awaitable<void> try_target(journey& j, target to, steady_time until);
    awaitable<std::optional<unanswered>> try_once(journey& j, target to, steady_time until);
    awaitable<reached> way_to(target to, steady_time until);
    awaitable<std::optional<unanswered>> exchange_over(journey& j, reached way, std::string branch,
                                                       steady_time until);
    bool answer_challenge(journey& j) const;
    std::string with_via(const message& request, const flow& f, std::string_view branch) const;
    void remember_failure(const target& to);
    void remember_busy(const target& to, const message& refusal);
    bool is_busy(const target& to);

    awaitable<void> keep_time();
    void wake_clock();
    awaitable<void> settle();
    awaitable<void> deliver_late(target to, std::string bytes);
    std::string new_branch() const;

    executor executor_;
    stack_options options_;
    dns::resolver& resolver_;
    task_group tasks_;
    transport_layer transports_;
    transaction::layer transactions_;
    event clock_wake_;
    steady_time clock_until_ = steady_time::max();
    abilities can_;
    std::map<std::string, request_handler> handlers_;
    std::function<admission(const message&, const flow&)> gate_;
    std::function<bool(const message&)> dialogs_;
    credential_source credentials_;
    tap* tap_ = nullptr;
    bool draining_ = false;
    std::size_t under_way_ = 0;  // send() calls
    std::shared_ptr<lifeline> lifeline_;
    std::string secret_;  // for To tags of stateless responses
    bounded_map<std::string, bool> failed_targets_{1024};
    bounded_map<std::string, located> located_{256};  // by next hop, for a moment
    bounded_map<net::socket_address, bool, net::socket_address_hash> proven_udp_{4096};
    bounded_map<net::socket_address, bool, net::socket_address_hash> busy_servers_{1024};
    bounded_map<net::ip_address, token_bucket, net::ip_address_hash> reply_budget_{4096};
    scanner_memory scanners_;

    metrics::counter rejected_{"stox_sip_requests_rejected_total",
                               "SIP requests refused by the stack itself"};
    metrics::counter dropped_{"stox_sip_requests_dropped_total", "SIP messages dropped without an answer"};
    metrics::counter stray_{"stox_sip_stray_responses_total", "SIP responses that answer nothing of ours"};
    metrics::counter sent_{"stox_sip_requests_sent_total", "SIP requests sent to a next hop"};
    metrics::counter failed_over_{"stox_sip_failovers_total",
                                  "SIP requests that went on to a further target"};
};

}  // namespace stox::sip
