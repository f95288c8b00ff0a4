// SPDX-License-Identifier: Apache-2.0
// The server side of an INVITE (RFC 3261 section 17.2.1 as changed by RFC 6026). Retransmitting a 2xx is the
// dialog's task, not ours.
#pragma once

#include "sip/transaction/machine.hpp"

namespace stox::sip::transaction {

class server_invite final : public machine {
  public:
    /// The request came in at `now` and was passed up.
    server_invite(timing t, steady_time now);
    actions on(input i, steady_time now) override;

  private:
    actions proceeding(input i, steady_time now);
    actions completed(input i, steady_time now);
    actions accepted(input i);

    milliseconds interval_;  // of timer G
};

}  // namespace stox::sip::transaction
