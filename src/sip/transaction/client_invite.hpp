// SPDX-License-Identifier: Apache-2.0
// The client side of an INVITE (RFC 3261 section 17.1.1 as changed by RFC 6026). The ACK of a 2xx is the
// dialog's, not ours.
#pragma once

#include "sip/transaction/machine.hpp"

namespace stox::sip::transaction {

class client_invite final : public machine {
  public:
    /// The request was sent at `now`.
    client_invite(timing t, steady_time now);
    actions on(input i, steady_time now) override;

  private:
    actions calling(input i, steady_time now);
    actions responded(input i, steady_time now);

    milliseconds interval_;  // of timer A
};

}  // namespace stox::sip::transaction
