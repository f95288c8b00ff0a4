// SPDX-License-Identifier: Apache-2.0
// The SIP response to a request that is not served, with as many words as may go to its source.
#pragma once

#include "identity/refusal.hpp"
#include "sip/message.hpp"

namespace stox::interwork {

/// Status, Retry-After, and the refusal's text as Warning (RFC 3261 section 20.43). Unless the source is
/// `real` (identity/trust.hpp) the response is never larger than the request, or a forged source address
/// would make us a tool against its owner: then the brief text goes, or none.
sip::message refusal_response(const sip::message& request, const identity::refusal& why, bool real);

}  // namespace stox::interwork
