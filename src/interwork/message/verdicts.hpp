// SPDX-License-Identifier: Apache-2.0
// Stanzas that went out for a SIP request and may still be answered by an error: who waits for it, and, after
// the request was answered, whom to tell. An answer counts only when id and sender match what was sent.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "interwork/message/notice_ring.hpp"
#include "runtime/event.hpp"
#include "xmpp/jid.hpp"
#include "xmpp/stanza_error.hpp"

namespace stox::interwork {

/// What the SIP sender of a message is told when it turns out undeliverable after its request was answered.
/// Without `to` nobody is told.
struct late_notice {
    std::string to;     // the sender's URI
    std::string from;   // the URI whom it had written to
    std::string quote;  // the first characters of the text
};

class verdicts {
  public:
    /// An error may come minutes later: a server that relays for others tries a dead one for long. So notices
    /// are kept for ten minutes, but never more than fit into 2 MB (about 16,000), which are taken at the
    /// start: a host that carries 25 messages a second keeps them all, and none grows by them.
    explicit verdicts(executor ex) : executor_(std::move(ex)), late_(16'384, 2U << 20U) {}

    /// One stanza on its way, for whoever will answer the request; ends before the verdicts.
    class ticket {
      public:
        ticket(verdicts& all, std::string id, const xmpp::jid& to, late_notice notice);
        ~ticket();
        ticket(const ticket&) = delete;
        ticket& operator=(const ticket&) = delete;

        /// The error that came back, nullopt when none came until `until`.
        awaitable<std::optional<xmpp::stanza_error>> wait(steady_time until);

        /// The request was answered: from now on an error goes to the notice.
        void answered();

      private:
        friend class verdicts;
        verdicts& all_;
        std::string id_;
        std::string to_;  // bare
        late_notice notice_;
        event arrived_;
        std::optional<xmpp::stanza_error> error_;
    };

    /// Expects errors for stanza `id` sent to `to`.
    std::unique_ptr<ticket> open(std::string id, const xmpp::jid& to, late_notice notice);

    /// An error stanza came in. True when it belongs to a stanza of ours; `late` is filled when its request
    /// has been answered.
    bool resolve(const std::string& id, const xmpp::jid& from, const xmpp::stanza_error& error,
                 std::optional<late_notice>& late);

  private:
    executor executor_;
    std::unordered_map<std::string, ticket*> waiting_;
    notice_ring late_;
};

}  // namespace stox::interwork
