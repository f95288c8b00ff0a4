// SPDX-License-Identifier: Apache-2.0
// Accept (RFC 3261 section 20.1): which media types the sender reads.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "sip/message.hpp"

namespace stox::sip {

/// How the message's Accept fields rate `media_type` ("text/plain"): 1000 best, 0 refused, by the most
/// specific range. Without Accept `when_absent` counts (section 20.1: absent means application/sdp); an empty
/// Accept takes nothing. An error when a field cannot be read.
result<int> accept_rating(const message& m, std::string_view media_type, int when_absent);

/// A q value (`0.5`) in thousandths; nullopt when it is none.
std::optional<int> read_q(std::string_view text);

}  // namespace stox::sip
