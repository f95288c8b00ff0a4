// SPDX-License-Identifier: Apache-2.0
// The component behind its interface: one connection to the server, opened again after each loss; what was
// not confirmed goes out again on the next one. component.cpp drives stream/component_fsm.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "net/byte_stream.hpp"
#include "observe/metrics.hpp"
#include "runtime/backoff.hpp"
#include "runtime/event.hpp"
#include "xml/reader.hpp"
#include "xmpp/component.hpp"
#include "xmpp/stream/component_fsm.hpp"
#include "xmpp/stream/liveness.hpp"
#include "xmpp/stream/outbox.hpp"

namespace stox::xmpp {

class component_impl final : public component {
  public:
    component_impl(executor ex, component_options options, dns::resolver& resolver);

    awaitable<std::optional<stanza_error>> send(outgoing_stanza stanza, milliseconds limit) override;
    bool post(outgoing_stanza stanza) override;
    awaitable<void> run() override;
    void on_stanza(stanza_handler handler) override { handler_ = std::move(handler); }
    bool connected() const override { return up_; }
    void set_tap(tap* t) override { tap_ = t; }

  private:
    awaitable<void> session(net::stream_ptr transport);
    awaitable<void> negotiate();
    awaitable<std::string> connect_once();
    awaitable<void> read_once();
    awaitable<void> read_all();
    awaitable<void> write_all();
    awaitable<void> farewell();
    awaitable<void> deliver();
    bool enqueue(outgoing_stanza& stanza, stream::parcel&& p);
    bool is_answer_to_ping() const;
    std::string next_bytes();
    void new_stream();
    void cut(std::string words);
    void fail_waiting(steady_time later_than, const std::string& words);
    void say(const std::string& words);

    executor executor_;
    component_options options_;
    dns::resolver& resolver_;
    stream::domain_pair ping_pair_;  // us, and whom to ping: both our domain when nobody else is known
    stream::outbox outbox_;
    stream::liveness liveness_;
    std::unique_ptr<stream::component_fsm> fsm_;
    std::unique_ptr<xml::stream_reader> reader_;
    net::stream_ptr transport_;
    std::vector<char> buffer_;
    std::deque<stream::parcel> waiting_;  // while there is no stream
    xml::element stanza_;                 // the one the reader paused behind; empty node: nothing for us
    stanza_handler handler_;
    tap* tap_ = nullptr;
    event wake_;
    backoff delay_{seconds(1), seconds(5)};
    steady_time retry_at_{};
    std::string last_words_;
    bool up_ = false, cut_ = false;

    metrics::counter in_{"stox_xmpp_stanzas_received_total", "Stanzas received", {{"link", "component"}}};
    metrics::counter out_{
        "stox_xmpp_stanzas_sent_total", "Stanzas queued to be sent", {{"link", "component"}}};
    metrics::gauge connected_{"stox_xmpp_component_connected", "Whether the component is connected"};
};

}  // namespace stox::xmpp
