// SPDX-License-Identifier: Apache-2.0
// Where the control socket gets its answers: filled in by the composition root. The admin layer itself knows
// neither SIP nor XMPP. A function that is not set makes its command answer "not available".
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>
#include <vector>

#include "observe/journal.hpp"
#include "runtime/awaitable.hpp"

namespace stox::admin {

enum class level {
    ok,
    note,     // nothing to mend, good to know
    warn,     // works, but somebody will stumble over it
    missing,  // this direction does not work
};

/// One thing that `stox check` found.
struct finding {
    level how = level::ok;
    std::string direction;  // "SIP to XMPP", "XMPP to SIP", "" for both
    std::string text;       // plain words; what is missing is named as the record or line to add
};

struct reload_outcome {
    bool done = false;               // false: the old configuration stays
    std::vector<std::string> lines;  // what changed, or what is wrong
};

struct sources {
    observe::journal* journal = nullptr;
    observe::conversation_ids* conversations = nullptr;
    std::function<boost::json::object()> status;
    std::function<awaitable<std::vector<finding>>(std::string domain)> check;
    std::function<awaitable<reload_outcome>()> reload;
};

}  // namespace stox::admin
