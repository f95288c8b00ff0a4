// SPDX-License-Identifier: Apache-2.0
// A listening TCP socket. When descriptors run out, accepting pauses instead of spinning.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/byte_stream.hpp"

namespace stox::net {

class tcp_listener {
  public:
    virtual ~tcp_listener() = default;
    /// The next connection. Waits (with back-off) while the process has no descriptors left. Throws on
    /// close/cancel.
    virtual awaitable<stream_ptr> accept() = 0;
    virtual socket_address local() const = 0;
    virtual void close() = 0;
};

/// Binds and listens (SO_REUSEADDR, IPV6_V6ONLY). A taken port is a value, not an exception: the error ends
/// in
/// ", held by " and port_holder().
result<std::unique_ptr<tcp_listener>> listen_tcp(executor ex, socket_address local);

/// Who holds a TCP or UDP port of this host that could not be bound: "prosody (pid 812)", or how root finds
/// out.
std::string port_holder(std::uint16_t port, bool udp);

}  // namespace stox::net
