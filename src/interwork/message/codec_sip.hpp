// SPDX-License-Identifier: Apache-2.0
// MESSAGE requests (RFC 3428) to and from the neutral page message (RFC 7572 section 5 table 2, section 4
// table 1). Addresses are not looked at, but for one: a CPIM wrapper may only name the proven sender.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "interwork/common/error_map.hpp"
#include "interwork/message/page_message.hpp"
#include "sip/message.hpp"
#include "sip/uri.hpp"

namespace stox::interwork {

/// Content types of a MESSAGE that stox reads, for Accept.
inline constexpr std::string_view accepted_types =
    "text/plain, text/html, message/cpim, multipart/alternative, multipart/mixed";

using sip_reading = std::variant<page_message, nothing_to_send, sip_failure>;

/// Reads a MESSAGE of `proven_sender` (identity/trust.hpp). Refusals: 400, 403 (CPIM From is somebody else),
/// 413 (over `max_body` bytes), 415 with Accept or Accept-Encoding.
sip_reading read_sip(const sip::message& request, const sip::uri& proven_sender,
                     std::size_t max_body = 131'072);

/// What a request shows of its sender: in which form he writes rich text, or says in Accept that he takes it.
rich_text markup_taken_by_sender(const sip::message& request);

struct sip_envelope {
    sip::uri request_uri, from, to;  // as the route resolved them; `gr` in From is left out (AOR only)
    std::string call_id;
    std::uint32_t cseq = 1;
    std::string from_tag;
    rich_text markup = rich_text::none;  // what the peer is known to take
};

/// A MESSAGE without Via and Content-Length, which the stack adds, as it does Max-Forwards when the message
/// does not count its hops. Never a Contact (RFC 3428
/// section 4).
sip::message write_sip(const page_message& message, const sip_envelope& envelope);

/// The Call-ID for an XMPP thread: the thread itself where RFC 3261 allows it and it has at most 128 bytes,
/// else a hash of it at `host`. An empty thread gives "".
std::string call_id_for_thread(std::string_view thread, std::string_view host);

}  // namespace stox::interwork
