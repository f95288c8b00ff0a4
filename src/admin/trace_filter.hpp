// SPDX-License-Identifier: Apache-2.0
// Which journal entries belong to a trace request. An entry knows only its conversation's id; the addresses
// come from the live conversations, and for those that ended from what their entries say.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "admin/protocol.hpp"
#include "observe/journal.hpp"

namespace stox::admin {

class trace_filter {
  public:
    /// Looks through the past once; `past` and `live` must outlive the filter.
    trace_filter(const request& r, const observe::journal& past, const observe::conversation_ids& live);

    bool matches(const observe::journal_entry& e);

  private:
    bool pair_matches(std::string_view a, std::string_view b) const;
    void learn_from_past();
    bool mentioned(const observe::journal_entry& e) const;

    std::vector<std::string> addresses_;
    std::string conversation_;
    const observe::journal& past_;
    const observe::conversation_ids& live_;
    std::map<std::string, bool, std::less<>> decided_;  // by conversation; bounded by clearing
};

/// Lower case, without "sip:", "sips:", "xmpp:" in front and a resource behind.
std::string bare_address(std::string_view text);

}  // namespace stox::admin
