// SPDX-License-Identifier: Apache-2.0
// One-to-one messages, both ways (RFC 7572, RFC 3428): SIP MESSAGE and <message/> of types normal and chat.
// The two directions are to_xmpp.cpp and to_sip.cpp; what they share is here.
#pragma once

#include <memory>

#include "interwork/common/crossing_log.hpp"
#include "interwork/context.hpp"
#include "interwork/feature.hpp"
#include "interwork/message/memory.hpp"
#include "interwork/message/verdicts.hpp"
#include "observe/metrics.hpp"

namespace stox::interwork {

std::unique_ptr<feature> make_message_feature(const context& c);

/// What both directions of the message feature share.
struct message_state {
    explicit message_state(const context& c) : with(c), open(c.ex), memory(10'000), log(c.trace) {}

    const context& with;
    verdicts open;
    message_memory memory;
    crossing_log log;
    // Timer F ends a request after 64*T1, 32 s (RFC 3261 section 17.1.2.2). What came within two seconds of
    // the one that failed so shares its end.
    milliseconds patience{30'000};
    metrics::counter to_xmpp{"stox_messages_total", "Messages carried across", {{"to", "xmpp"}}};
    metrics::counter to_sip{"stox_messages_total", "Messages carried across", {{"to", "sip"}}};
    metrics::counter refused_sip{
        "stox_messages_refused_total", "Messages answered with a failure", {{"from", "sip"}}};
    metrics::counter refused_xmpp{
        "stox_messages_refused_total", "Messages answered with a failure", {{"from", "xmpp"}}};
};

/// Registers the SIP side: MESSAGE requests that become stanzas.
class message_to_xmpp {
  public:
    explicit message_to_xmpp(message_state& state);

  private:
    struct crossing;
    awaitable<void> admit(sip::incoming_ptr request);
    awaitable<void> deliver(sip::incoming_ptr request, steady_time arrived);
    awaitable<std::optional<identity::proven_sender>> prove(sip::incoming_ptr request, sip::uri target);
    std::optional<page_message> read(const sip::incoming_ptr& request, const identity::proven_sender& sender,
                                     const sip::uri& target);
    std::shared_ptr<crossing> prepare(page_message page, identity::to_xmpp way, steady_time arrived);
    awaitable<void> pass_on(sip::incoming_ptr request, std::shared_ptr<crossing> what);
    void refuse(const sip::incoming_ptr& request, const identity::refusal& why);

    message_state& state_;
};

/// Registers the XMPP side: message stanzas that become MESSAGE requests, and error stanzas for what went
/// out.
class message_to_sip {
  public:
    explicit message_to_sip(message_state& state);

  private:
    struct arrival;
    awaitable<void> receive(const xmpp::incoming_stanza& stanza, xmpp::link& via);
    awaitable<void> receive_error(const xmpp::incoming_stanza& stanza);
    void submit(const std::shared_ptr<arrival>& what);
    awaitable<void> deliver(std::shared_ptr<arrival> what);
    bool outwaited(const arrival& what);
    void note_answer(const arrival& what, const sip::outcome& outcome);
    awaitable<sip::outcome> send_page(const page_message& page, const identity::to_sip& way);
    awaitable<void> tell_late(late_notice notice, xmpp::stanza_error error);
    void refuse(const arrival& what, xmpp::stanza_error error);
    void bounce(const arrival& what, const xmpp::stanza_error& error);

    message_state& state_;
    bounded_map<std::string, steady_time> silent_;  // lanes whose last request ended by a time-out, and when
};

}  // namespace stox::interwork
