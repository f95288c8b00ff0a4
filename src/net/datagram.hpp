// SPDX-License-Identifier: Apache-2.0
// A bound UDP socket for signalling (media has its own batched I/O).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "net/address.hpp"
#include "runtime/awaitable.hpp"

namespace stox::net {

struct received_datagram {
    std::string_view bytes;  // inside the buffer given to receive()
    socket_address from;
    ip_address to;  // the local address it was sent to (IP_PKTINFO), so that answers leave from it
};

class datagram_socket {
  public:
    virtual ~datagram_socket() = default;
    /// The next datagram, in `buffer` (65,535 bytes suffice for all; one that does not fit is dropped).
    /// Errors that the kernel queued for the socket are skipped. Throws on close/cancel.
    virtual awaitable<received_datagram> receive(std::span<char> buffer) = 0;
    /// A datagram that was received already and can be taken without waiting; nullopt when there is none.
    virtual std::optional<received_datagram> try_receive(std::span<char> buffer) = 0;
    /// Sends at once, from `from` where given; false when the kernel refuses (no route, too large). For want
    /// of room in a queue the datagram is lost as it can be on any other hop: true.
    virtual bool send(std::string_view bytes, const socket_address& to,
                      const std::optional<ip_address>& from = std::nullopt) = 0;
    /// From now on `told` is called, out of receive() only, for each ICMP message that says that a datagram
    /// did not arrive (host, network, port or protocol unreachable, parameter problem): `peer` is where it
    /// was sent to, `quoted` its first bytes as far as the message has them, often none. The kernel checks no
    /// more than our own address and port in it, so who acts on it compares `quoted` with what was sent.
    virtual void on_unreachable(
        std::function<void(const socket_address& peer, std::string_view quoted)> told) = 0;
    virtual socket_address local() const = 0;
    virtual void close() = 0;
};

/// Whether a send that failed with that errno only found a queue full.
bool is_lost_not_refused(int error);

/// Binds `local`; a taken port is a value (see port_holder).
result<std::unique_ptr<datagram_socket>> bind_udp(executor ex, socket_address local);

/// The local address the kernel would use towards `remote`, from memory for up to five seconds; nullopt
/// without a route, or when it cannot be asked because no descriptor is left.
std::optional<ip_address> source_towards(const ip_address& remote);

}  // namespace stox::net
