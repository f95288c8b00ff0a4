// SPDX-License-Identifier: Apache-2.0
// Who gets an incoming stanza: iq requests go to the responder registered for their payload, iq answers to
// the iq_tracker, messages and presence to the receiver of their kind. What nobody takes is answered as RFC
// 6120 section 8 and RFC 6121 section 8 say; errors and results are never answered. An answer that finds its
// queue full waits, and with it the stream that asks. It knows no feature.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <tuple>

#include "base/clock.hpp"
#include "observe/metrics.hpp"
#include "xmpp/iq_tracker.hpp"
#include "xmpp/link.hpp"

namespace stox::xmpp {

/// An iq of type get or set whose form is right. Views: good until the responder returns.
struct iq_request {
    const incoming_stanza& stanza;
    xml::element payload;
};

/// What a responder says: a result with its payload element (serialised, may be empty), or an error.
class iq_answer {
  public:
    static iq_answer result(std::string payload = {}) { return {std::move(payload), std::nullopt}; }
    static iq_answer error(stanza_error e) { return {{}, std::move(e)}; }

    const std::string& payload() const { return payload_; }
    const std::optional<stanza_error>& failure() const { return error_; }

  private:
    iq_answer(std::string payload, std::optional<stanza_error> e)
        : payload_(std::move(payload)), error_(std::move(e)) {}
    std::string payload_;
    std::optional<stanza_error> error_;
};

enum class iq_type { get, set };

enum class stanza_kind {
    message,        // types normal and chat, and any that RFC 6121 section 5.2.2 does not know
    groupchat,      // message of a room
    headline,       // message nobody answers
    message_error,  // bounce of a message
    presence,       // available and unavailable
    subscription,   // subscribe, subscribed, unsubscribe, unsubscribed
    probe,          // presence probe
    presence_error  // bounce of a presence
};
constexpr std::size_t stanza_kinds = 8;

using iq_responder = std::function<iq_answer(const iq_request&)>;
/// Awaited before the stream reads on: must return soon. Answers go to `via`.
using stanza_receiver = std::function<awaitable<void>(const incoming_stanza&, link& via)>;

class router {
  public:
    explicit router(iq_tracker& tracker) : tracker_(tracker) {}

    /// One responder for iqs of `type` with the payload {ns}name; a second registration replaces the first.
    void respond(iq_type type, std::string ns, std::string name, iq_responder responder);
    void receive(stanza_kind kind, stanza_receiver receiver);

    /// Gives the stanza to whom it belongs; `via` is the link it came by.
    /// Returns once its answer, if any, is queued: at most 10 s later.
    awaitable<void> dispatch(const incoming_stanza& stanza, link& via);

  private:
    using iq_key = std::tuple<iq_type, std::string, std::string>;

    awaitable<void> dispatch_iq(const incoming_stanza& stanza, link& via);
    iq_answer answer_iq(const incoming_stanza& stanza, std::string_view type) const;
    awaitable<void> refuse(const incoming_stanza& stanza, link& via, const stanza_error& error);
    awaitable<void> reply(const incoming_stanza& stanza, link& via, std::string bytes);
    void drop(const std::string& domain);

    iq_tracker& tracker_;
    std::map<iq_key, iq_responder> responders_;
    std::array<stanza_receiver, stanza_kinds> receivers_;
    std::string stuck_domain_;   // whose answers found no room for as long as we wait
    steady_time stuck_until_{};  // until then its answers do not wait again
    steady_time warned_{};
    metrics::counter refused_{"stox_xmpp_stanzas_refused_total",
                              "Stanzas answered with an error by the router"};
    metrics::counter dropped_{"stox_xmpp_replies_dropped_total", "Replies dropped because a queue was full"};
    metrics::counter unexpected_{"stox_xmpp_iq_answers_unexpected_total",
                                 "iq results and errors that no request waited for"};
};

/// The kind of a message or presence.
stanza_kind kind_of(xml::element stanza);

}  // namespace stox::xmpp
