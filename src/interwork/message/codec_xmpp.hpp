// SPDX-License-Identifier: Apache-2.0
// <message/> stanzas (RFC 6121 section 5) to and from the neutral page message (RFC 7572 sections 4 and 5).
// Only the outer stanza counts: carbons, archives and forwarded messages inside it are never unwrapped.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "interwork/message/page_message.hpp"
#include "xml/element.hpp"
#include "xmpp/jid.hpp"
#include "xmpp/stanza_error.hpp"

namespace stox::interwork {

using xmpp_reading = std::variant<page_message, nothing_to_send, xmpp::stanza_error>;

/// Reads a message stanza. type 'error' and stanzas without text (chat states, receipts, markers) are nothing
/// to send; 'groupchat' and encrypted messages are refused with words for the sender. At most `max_text`
/// bytes of text, else policy-violation.
xmpp_reading read_xmpp(xml::element stanza, std::size_t max_text = 131'072);

struct xmpp_envelope {
    xmpp::jid from, to;
    std::string id;
    bool chat = false;             // type='chat'; else no type, which is 'normal' (RFC 7572 table 2)
    bool request_receipt = false;  // adds XEP-0184 <request/>
    bool with_html = true;         // XHTML-IM beside the plain body when there is any
};

/// One complete <message/> without xmlns, ready for a link.
std::string write_xmpp(const page_message& message, const xmpp_envelope& envelope);

}  // namespace stox::interwork
