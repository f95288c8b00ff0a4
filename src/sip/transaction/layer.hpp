// SPDX-License-Identifier: Apache-2.0
// Every live transaction, found by its key and driven by its machine: what is sent goes to `wire`, what
// belongs to the user goes to its `client_user` or `server_user`. Sans-io: time is an input, and whoever owns
// the layer calls on_time() at next(). RFC 3261 section 17.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "observe/metrics.hpp"
#include "sip/message.hpp"
#include "sip/stack.hpp"
#include "sip/transaction/machine.hpp"
#include "sip/transaction/schedule.hpp"

namespace stox::sip::transaction {

/// The way out. False: the transport failed and nothing was sent.
class wire {
  public:
    virtual ~wire() = default;
    virtual bool send_request(const flow& f, std::string_view bytes) = 0;
    /// `back`: see reply_address(); `sent_by`: the host of the request's top Via.
    virtual bool send_response(const flow& f, const net::socket_address& back, std::string_view sent_by,
                               std::string_view bytes) = 0;
};

class client_user {
  public:
    virtual ~client_user() = default;
    virtual void responded(message response, const flow& f) = 0;
    enum class failure { no_answer, no_transport };
    virtual void failed(failure why) = 0;
};

class server_user {
  public:
    virtual ~server_user() = default;
    /// INVITE only: the ACK of a 2xx.
    virtual void acknowledged(message) {}
    /// INVITE only: a CANCEL came before the final response.
    virtual void cancelled() {}
    /// A 100 is due (RFC 4320, RFC 3261 17.2.1): its bytes.
    virtual std::string trying() = 0;
    /// Nothing can be sent any more: no answer in time, or no ACK, or the transport failed.
    virtual void ended() {}
};

using id = std::uint64_t;  // 0 is none

class layer {
  public:
    layer(wire& out, timing times, std::size_t capacity) : out_(out), timing_(times), capacity_(capacity) {}

    /// Sends `bytes`, a request with `branch` in its top Via, over `f`. 0 when the table is full.
    id start_client(std::string_view branch, std::string_view method, std::string bytes, const flow& f,
                    std::shared_ptr<client_user> user, steady_time now);
    /// The bytes of the ACK that a failed INVITE needs; asked for when the response is there.
    using ack_maker = std::function<std::string(const message& response)>;
    void set_ack(id transaction, ack_maker make);
    /// Forgets a client transaction whose user is gone.
    void abandon(id transaction);

    struct arrival {
        std::string key, merge_key;  // see key.hpp
        flow from;
        net::socket_address back;
        std::string sent_by;
        bool invite = false;
        std::shared_ptr<const void> keep;  // what keeps from.tls alive
    };
    bool full() const { return live_.size() >= capacity_; }
    /// 0 when the table is full.
    id start_server(arrival what, std::weak_ptr<server_user> user, steady_time now);
    /// Hands a response to its machine, which may send it.
    void respond(id transaction, int status, std::string bytes, steady_time now);

    /// Gives a response to the client transaction that it answers; false: there is none, drop it.
    bool on_response(message response, std::string_view branch, const flow& f, steady_time now);
    /// Whether a client transaction waits for such a response.
    bool awaits(std::string_view branch, std::string_view method) const;
    /// Whether a client transaction waits for a response on that connection.
    bool awaits_on(std::uint64_t connection) const;
    /// True when a live server transaction took the request as a retransmission.
    bool on_retransmission(const std::string& key, steady_time now);
    /// Gives an ACK to its INVITE; the message comes back when no transaction wants it.
    std::optional<message> on_ack(const std::string& key, message ack, steady_time now);
    /// Tells the user of an INVITE of its CANCEL; false when there is no such transaction (481).
    bool on_cancel(const std::string& invite_key);
    id find_server(const std::string& key) const;
    /// RFC 3261 section 8.2.2.2: the same request under another key is being worked on.
    bool merges(const std::string& key, const std::string& merge_key) const;
    /// Client transactions on that connection fail.
    void on_connection_lost(std::uint64_t connection, steady_time now);
    /// UDP client transactions to `peer` that heard nothing yet fail (RFC 3261 section 18.4), provided that
    /// `quoted`, the start of the datagram that an ICMP message is about, has the branch of one of them: an
    /// outsider cannot guess it. False: not believed, nothing happened.
    bool on_unreachable(const net::socket_address& peer, std::string_view quoted, steady_time now);

    void on_time(steady_time now);
    std::optional<steady_time> next() const { return schedule_.first(); }
    std::size_t size() const { return live_.size(); }
    /// Whether server transactions of that connection still owe a final response.
    bool owes(std::uint64_t connection) const { return owed_.count(connection) != 0; }
    /// Server transactions that still owe a final response.
    std::size_t unanswered() const { return unanswered_; }

  private:
    struct entry {
        machine_ptr fsm;
        std::string key, merge_key;
        std::string bytes;  // client: the request; server: the latest response
        flow path;
        net::socket_address back;
        std::string sent_by;
        std::shared_ptr<client_user> client;
        std::weak_ptr<server_user> server;
        std::shared_ptr<const void> keep;
        ack_maker ack;
        bool answered = false;
    };

    void step(id transaction, input i, steady_time now, message* m = nullptr, const flow* f = nullptr);
    void carry_out(id transaction, actions what, message* m, const flow* f, steady_time now);
    id find_quoted(std::string_view quoted) const;
    void settle(id transaction);
    bool transmit(entry& e);
    void paid(const entry& e);
    void erase(id transaction);

    wire& out_;
    timing timing_;
    std::size_t capacity_;
    std::unordered_map<id, entry> live_;
    std::unordered_map<std::string, id> clients_, servers_, merges_;
    schedule schedule_;
    id last_ = 0;
    std::size_t unanswered_ = 0;
    std::unordered_map<std::uint64_t, std::size_t> owed_;  // unanswered ones per connection
    metrics::counter retransmitted_{"stox_sip_retransmissions_total",
                                    "SIP messages sent once more by a timer"};
    metrics::counter absorbed_{"stox_sip_absorbed_requests_total", "Retransmitted SIP requests absorbed"};
    metrics::counter timed_out_{"stox_sip_transaction_timeouts_total", "SIP transactions that timed out"};
};

}  // namespace stox::sip::transaction
