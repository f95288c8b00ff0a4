// SPDX-License-Identifier: Apache-2.0
// The trace command: what the journal holds that the request asks for, then, when following, what happens.
#pragma once

#include "admin/commands.hpp"

namespace stox::admin {

/// Entries that wait for a slow reader who follows; what exceeds this is counted and told as {"dropped": n}.
inline constexpr std::size_t max_waiting_entries = 1000;

awaitable<void> trace(request r, observe::journal& journal, const observe::conversation_ids& conversations,
                      line_sink& sink);

}  // namespace stox::admin
