// SPDX-License-Identifier: Apache-2.0
// The top Via on its way in and back: received and rport (RFC 3261 section 18.2.1, RFC 3581) and where a
// response goes (section 18.2.2). A response never leaves for another host than the packet's source: maddr
// and a foreign `received` are not followed, so nobody can aim our answers.
#pragma once

#include "net/address.hpp"
#include "sip/header/via.hpp"
#include "sip/message.hpp"
#include "sip/stack.hpp"

namespace stox::sip {

/// Writes received (unless the sent-by says it) and rport (when asked for) into the top Via of `request` and
/// returns that Via; nullopt when it cannot be read.
std::optional<via> stamp_top_via(message& request, const net::socket_address& source);

/// UDP: where the response is sent. TCP, TLS: where to connect when the connection is gone.
net::socket_address reply_address(const via& top, const flow& f);

std::uint16_t default_port(transport t);

}  // namespace stox::sip
