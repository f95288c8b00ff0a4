// SPDX-License-Identifier: Apache-2.0
// Outgoing iq requests that wait for their answer (RFC 6120 section 8.2.3). An answer counts only when its id
// and both its addresses are those of the request: anybody can guess at ids, nobody can send from another
// address. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "runtime/awaitable.hpp"
#include "xmpp/link.hpp"

namespace stox::xmpp {

/// What came back: the payload of a result (serialised, "" when it had none), or the error.
struct iq_result {
    std::string payload;
    std::optional<stanza_error> error;
};

/// What to ask: `payload` is one complete element with its own xmlns.
struct iq_question {
    jid from, to;
    bool is_set = false;
    std::string payload;

    iq_question(jid from_, jid to_, bool set, std::string payload_)
        : from(std::move(from_)), to(std::move(to_)), is_set(set), payload(std::move(payload_)) {}
};

class iq_tracker {
  public:
    explicit iq_tracker(executor ex, std::size_t capacity = 10'000);
    ~iq_tracker();

    /// Sends and waits at most `limit`. The error is the peer's own, the link's (remote-server-not-found...),
    /// remote-server-timeout at the limit, or resource-constraint when too many requests wait. On cancel:
    /// throws; a late answer is ignored.
    awaitable<iq_result> request(link& via, iq_question question, milliseconds limit);

    /// Offers an iq of type result or error; false when no request waits for it.
    bool answered(const incoming_stanza& stanza);

    std::size_t waiting() const { return waiting_.size(); }

  private:
    struct entry;
    class listed;

    executor executor_;
    std::size_t capacity_;
    std::unordered_map<std::string, std::shared_ptr<entry>> waiting_;  // by id
};

}  // namespace stox::xmpp
