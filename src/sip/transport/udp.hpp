// SPDX-License-Identifier: Apache-2.0
// One UDP socket of the stack: datagrams in, parsed; datagrams out (RFC 3261 section 18).
#pragma once

#include <memory>

#include "net/datagram.hpp"
#include "observe/metrics.hpp"
#include "runtime/awaitable.hpp"
#include "sip/transport/receiver.hpp"

namespace stox::sip {

class udp_port {
  public:
    udp_port(std::unique_ptr<net::datagram_socket> socket, receiver& up, std::size_t max_message_bytes);

    /// Receives until cancelled.
    awaitable<void> run();
    bool send(const flow& f, const net::socket_address& to, std::string_view bytes);

    const net::socket_address& bound() const { return bound_; }
    /// Whether datagrams of that flow come and go here.
    bool serves(const net::socket_address& local) const;
    /// The flow of a new request to `remote`; nullopt when this socket cannot reach it.
    std::optional<flow> flow_to(const net::socket_address& remote) const;

  private:
    void take(const net::received_datagram& datagram);

    std::unique_ptr<net::datagram_socket> socket_;
    receiver& up_;
    net::socket_address bound_;
    std::string buffer_;
    std::size_t max_message_bytes_;
    metrics::counter received_{
        "stox_sip_messages_received_total", "SIP messages received", {{"transport", "udp"}}};
    metrics::counter sent_{"stox_sip_messages_sent_total", "SIP messages sent", {{"transport", "udp"}}};
    metrics::counter unreadable_{
        "stox_sip_unreadable_total", "Datagrams and streams that were no SIP", {{"transport", "udp"}}};
};

}  // namespace stox::sip
