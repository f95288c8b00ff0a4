// SPDX-License-Identifier: Apache-2.0
// A connected, ordered stream of bytes: plain TCP or TLS over it. The protocol layers see only this; sockets
// and OpenSSL stay in net/*.cpp. One reader task and one writer task at a time; both on the signalling
// thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/address.hpp"
#include "net/tls_peer.hpp"
#include "runtime/awaitable.hpp"

namespace stox::net {

class byte_stream {
  public:
    virtual ~byte_stream() = default;

    /// At least one byte into `into`, or 0 at the peer's orderly end. Throws boost::system::system_error when
    /// the transport fails, is closed, or the caller is cancelled. A cancelled read loses no byte.
    virtual awaitable<std::size_t> read_some(std::span<char> into) = 0;

    /// All of `bytes`. Throws as read_some does; after a cancelled or failed write the stream is unusable.
    virtual awaitable<void> write(std::string_view bytes) = 0;

    /// Orderly end of our direction (TLS close_notify, FIN), at most one second; never throws but on cancel.
    virtual awaitable<void> shutdown() = 0;

    /// At once; pending operations end with operation_aborted or an error. Idempotent.
    virtual void close() = 0;

    virtual socket_address local() const = 0;
    virtual socket_address remote() const = 0;

    /// What the peer showed in the TLS handshake; nullptr on plain TCP.
    virtual const tls_peer* tls() const = 0;
};

using stream_ptr = std::unique_ptr<byte_stream>;

/// Connects a TCP socket (TCP_NODELAY, TCP_USER_TIMEOUT 30 s, keep-alive on) to `remote`. Throws
/// boost::system::system_error (refused, unreachable, timed_out after `limit`, operation_aborted).
awaitable<stream_ptr> connect_tcp(socket_address remote, milliseconds limit,
                                  std::optional<ip_address> bind_to = std::nullopt);

}  // namespace stox::net
