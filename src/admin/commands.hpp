// SPDX-License-Identifier: Apache-2.0
// The commands of the control socket, without the socket: a request in, JSON lines out.
#pragma once

#include <string>

#include "admin/protocol.hpp"
#include "admin/sources.hpp"

namespace stox::admin {

/// Where lines go. One writer at a time.
class line_sink {
  public:
    virtual ~line_sink() = default;
    /// `lines` with their newlines. Waits while the reader is slow; throws when it is gone.
    virtual awaitable<void> write(std::string lines) = 0;
};

/// Answers one request line completely, the closing line included. A following trace ends only by
/// cancellation. Throws what `sink` throws.
awaitable<void> answer(std::string line, const sources& from, line_sink& sink);

}  // namespace stox::admin
