// SPDX-License-Identifier: Apache-2.0
// What the transports tell whoever sits above them. Calls come from the transports' own tasks, never from
// inside a call to send.
#pragma once

#include <memory>
#include <string_view>

#include "sip/framer.hpp"
#include "sip/message.hpp"
#include "sip/stack.hpp"

namespace stox::sip {

class receiver {
  public:
    virtual ~receiver() = default;
    /// A message came in. `keep` keeps `f.tls` alive. `bytes` are as received.
    virtual void on_message(message m, const flow& f, std::shared_ptr<const void> keep,
                            std::string_view bytes) = 0;
    /// A stream can no longer be cut into messages; the connection closes once what is sent now is out.
    virtual void on_fault(const framed& fault, const flow& f) = 0;
    /// The connection carries no more messages to us.
    virtual void on_lost(const flow& f) = 0;
    /// An ICMP message says that a datagram did not reach `peer`; `quoted` are the datagram's first bytes as
    /// far as the message has them. Anyone can send such a message: the quote is what is to be believed.
    virtual void on_unreachable(const net::socket_address& peer, std::string_view quoted) = 0;
    /// Whether requests that came on the connection still wait for their answers.
    virtual bool owes_answers(const flow& f) const = 0;
    /// Whether requests of ours that went out on the connection still wait for theirs.
    virtual bool awaits_answers(const flow& f) const = 0;
    virtual void on_event(const flow* f, std::string_view words) = 0;
};

}  // namespace stox::sip
