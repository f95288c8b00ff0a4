// SPDX-License-Identifier: Apache-2.0
// Stanzas that went out for a SIP request and may still be answered by an error: who waits for it, and, after
// the request was answered, whom to tell. An answer counts only when id and sender match what was sent.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/bounded_map.hpp"
#include "runtime/event.hpp"
#include "sip/uri.hpp"
#include "xmpp/jid.hpp"
#include "xmpp/stanza_error.hpp"

namespace stox::interwork {

/// What the SIP sender of a message is told when it turns out undeliverable after its request was answered.
struct late_notice {
    sip::uri to;        // the sender, as the SIP side writes it
    sip::uri from;      // whom it had written to
    std::string quote;  // the first characters of the text
};

class verdicts {
  public:
    verdicts(executor ex, std::size_t capacity) : executor_(std::move(ex)), open_(capacity) {}

    /// One stanza on its way. Keep the ticket until the request was answered.
    class ticket {
      public:
        explicit ticket(executor ex) : arrived_(std::move(ex)) {}

        /// The error that came back, nullopt when none came until `until`.
        awaitable<std::optional<xmpp::stanza_error>> wait(steady_time until);

      private:
        friend class verdicts;
        event arrived_;
        std::optional<xmpp::stanza_error> error_;
    };

    /// Expects errors for stanza `id` sent to `to`; late ones are handed out with `notice` for half a minute.
    std::shared_ptr<ticket> open(const std::string& id, const xmpp::jid& to, late_notice notice);

    /// An error stanza came in. True when it belongs to a stanza of ours; `late` is filled when nobody waits
    /// any more.
    bool resolve(const std::string& id, const xmpp::jid& from, const xmpp::stanza_error& error,
                 std::optional<late_notice>& late);

    /// The stanza did not leave: nothing can come back for it.
    void forget(const std::string& id) { open_.erase(id); }

    void drop_expired(steady_time now) { open_.drop_expired(now); }

  private:
    struct entry {
        xmpp::jid to;
        late_notice notice;
        std::weak_ptr<ticket> waiting;
    };
    executor executor_;
    bounded_map<std::string, entry> open_;
};

}  // namespace stox::interwork
