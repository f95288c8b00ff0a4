// SPDX-License-Identifier: Apache-2.0
// The server side of everything but INVITE and ACK (RFC 3261 section 17.2.2 with the rules of RFC 4320).
#pragma once

#include "sip/transaction/machine.hpp"

namespace stox::sip::transaction {

class server_non_invite final : public machine {
  public:
    /// The request came in at `now` and was passed up.
    server_non_invite(timing t, steady_time now);
    actions on(input i, steady_time now) override;

  private:
    actions unanswered(input i, steady_time now);
    actions completed(input i);
};

}  // namespace stox::sip::transaction
