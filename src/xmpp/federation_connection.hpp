// SPDX-License-Identifier: Apache-2.0
// One server-to-server connection: drives s2s_fsm with bytes and time. One reader task and one writer task;
// queues are bounded, writes and silences have deadlines. Which stanza goes over which connection is decided
// by its owner (federation_impl.hpp).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/byte_stream.hpp"
#include "net/tls.hpp"
#include "runtime/event.hpp"
#include "xml/reader.hpp"
#include "xmpp/federation.hpp"
#include "xmpp/link.hpp"
#include "xmpp/stream/liveness.hpp"
#include "xmpp/stream/outbox.hpp"
#include "xmpp/stream/pacer.hpp"
#include "xmpp/stream/s2s_fsm.hpp"

namespace stox::xmpp {

class connection;
using connection_ptr = std::shared_ptr<connection>;

/// What a connection needs from the federation. Called on the signalling thread.
class connection_owner {
  public:
    virtual ~connection_owner() = default;
    virtual awaitable<bool> serves(std::string domain) = 0;
    virtual awaitable<void> deliver(const connection_ptr& by, const incoming_stanza& stanza) = 0;
    virtual void verify_key(const connection_ptr& for_whom, stream::domain_pair pair, std::string id,
                            std::string key) = 0;
    virtual void key_answered(const stream::domain_pair& pair, const std::string& id,
                              stream::verdict result) = 0;
    virtual void in_opened(const connection_ptr& by, const stream::domain_pair& pair) = 0;
    virtual void out_opened(const connection_ptr& by, const stream::domain_pair& pair) = 0;
    virtual void out_refused(const connection_ptr& by, const stream::domain_pair& pair,
                             const std::string& words) = 0;
    /// No stanza goes out or comes in any more, although the transport may stay for its goodbye.
    virtual void stream_ended(const connection_ptr& by) = 0;
    /// There is room again for stanzas after submit() had to refuse one.
    virtual void room_again(const connection_ptr& by) = 0;
    virtual void noted(const connection& by, std::string_view words) = 0;
};

class connection : public std::enable_shared_from_this<connection> {
  public:
    connection(executor ex, const federation_options& options, const net::certificate_store& certificates,
               stream::s2s_settings settings, connection_owner& owner);

    /// Gives it the connected transport; call once, before run().
    void attach(net::stream_ptr transport);
    /// From the transport to the end. Throws only operation_aborted, after the peer got </stream:stream> (at
    /// most 2 s). Afterwards take_undelivered() has what was not taken.
    awaitable<void> run();

    /// False (and the parcel untouched) when the queue is full.
    bool submit(stream::parcel&& p);
    bool request_pair(const stream::domain_pair& pair);
    void verify(const stream::domain_pair& pair, const std::string& id, const std::string& key);
    void key_verified(const stream::domain_pair& pair, const std::string& id, stream::verdict result);
    bool pong(const stream::domain_pair& pair, std::string_view id);
    void close(std::string words);

    std::vector<stream::parcel> take_undelivered() { return outbox_.give_back(); }

    const stream::s2s_fsm& fsm() const { return fsm_; }
    bool open() const { return fsm_.state() == stream::s2s_fsm::phase::open; }
    bool over() const { return over_ || fsm_.state() == stream::s2s_fsm::phase::ended; }
    const std::string& why_ended() const { return why_; }
    const std::string& certificate_refusal() const { return sasl_refusal_; }
    const std::string& redirect() const { return redirect_; }
    const net::socket_address& remote() const { return remote_; }
    const stream::outbox& queue() const { return outbox_; }

  private:
    awaitable<void> live();
    awaitable<void> negotiate();
    awaitable<void> handshake();
    awaitable<void> read_once();
    awaitable<void> feed(std::string_view bytes);
    awaitable<void> perform();
    awaitable<void> act(stream::s2s_action action);
    awaitable<void> deliver(stream::s2s_action action);
    awaitable<void> flush();
    awaitable<void> read_all();
    awaitable<void> answers_written();
    awaitable<void> drop_rest();
    awaitable<void> write_all();
    awaitable<void> farewell();
    void note(stream::s2s_action& action);
    void tick(steady_time now);
    void probe(steady_time now);
    void new_reader();
    void drain_actions();
    void cut(std::string words);
    std::string next_bytes();
    steady_time next_tick() const;

    executor executor_;
    const federation_options& options_;
    const net::certificate_store& certificates_;
    connection_owner& owner_;
    stream::s2s_fsm fsm_;
    stream::outbox outbox_;
    stream::liveness liveness_;
    stream::pacer pacer_;
    net::stream_ptr transport_;
    std::unique_ptr<xml::stream_reader> reader_;
    std::vector<char> buffer_;
    std::string control_;   // negotiation and management bytes that wait for the writer
    xml::element element_;  // the element that the reader paused behind
    std::vector<stream::domain_pair> out_pairs_;
    net::socket_address remote_;
    std::string why_, sasl_refusal_, redirect_;
    event wake_, drained_, read_end_;
    steady_time began_, closing_since_{};
    bool writing_ = false;  // the writer task runs
    bool full_ = false;     // submit() had to refuse
    bool over_ = false, cut_ = false, tls_due_ = false, pending_behind_ = false;
};

}  // namespace stox::xmpp
