// SPDX-License-Identifier: Apache-2.0
// The client side of everything but INVITE and ACK (RFC 3261 section 17.1.2).
#pragma once

#include "sip/transaction/machine.hpp"

namespace stox::sip::transaction {

class client_non_invite final : public machine {
  public:
    /// The request was sent at `now`.
    client_non_invite(timing t, steady_time now);
    actions on(input i, steady_time now) override;

  private:
    actions in_flight(input i, steady_time now);
    actions answered(steady_time now);

    milliseconds interval_;  // of timer E
};

}  // namespace stox::sip::transaction
