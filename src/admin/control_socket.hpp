// SPDX-License-Identifier: Apache-2.0
// The control socket of the daemon: a unix stream socket, mode 0660, that answers the requests of
// admin/protocol.hpp. Who may open the socket may read everything; it changes nothing but by `reload`.
#pragma once

#include <filesystem>
#include <memory>

#include "admin/sources.hpp"
#include "base/result.hpp"

namespace stox::admin {

class control_socket {
  public:
    virtual ~control_socket() = default;  // removes the socket file
    /// Answers connections, 16 at a time, until cancelled.
    virtual awaitable<void> serve() = 0;
};

/// Binds `path`. A socket file that nobody listens on is replaced; one that answers belongs to a running
/// daemon, and anything else is not ours: both are errors. `from` must outlive the socket.
result<std::unique_ptr<control_socket>> open_control_socket(executor ex, const std::filesystem::path& path,
                                                            const sources& from);

}  // namespace stox::admin
