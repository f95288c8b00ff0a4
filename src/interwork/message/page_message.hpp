// SPDX-License-Identifier: Apache-2.0
// One page-mode message as a value that belongs to neither network: both codecs read and write it, addresses
// travel beside it because the route decides them (identity/route.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace stox::interwork {

struct localized_text {
    std::string language;  // RFC 5646 tag, "" = not said
    std::string text;      // UTF-8 that XML can carry; lines end in LF
};

struct page_message {
    std::string id;                      // of the stanza; "" when the sender gave none
    std::string sender_name;             // display name as the sender gave it, "" = none
    std::string subject;                 // one line
    std::string thread;                  // XMPP thread or SIP Call-ID: opaque
    std::vector<localized_text> bodies;  // the first is the one to show
    std::string html;                    // sanitised XHTML without its root (xhtml.hpp), "" = none
    std::optional<wall_time> delayed_since;
    bool chat = false;               // arrived as XMPP type 'chat'
    bool receipt_requested = false;  // XEP-0184

    /// Max-Forwards (RFC 3261 section 20.22; over XMPP in a header of XEP-0131), nullopt = not counted.
    std::optional<int> hops_left;

    const std::string& text() const { return bodies.front().text; }

    /// Counts the hop over this gateway; false when the message may go no further.
    bool take_hop() {
        if (!hops_left) return true;
        return (*hops_left)-- > 0;
    }
};

/// How rich text travels over SIP: not at all, as text/html in the place of the text, or both in one
/// multipart/alternative. A user agent that writes one of these reads it too.
enum class rich_text { none, html, alternative };

/// A message that is understood and has nothing for a person in it (typing notices, reports): a success.
struct nothing_to_send {
    std::string why;
};

}  // namespace stox::interwork
