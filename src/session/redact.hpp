// SPDX-License-Identifier: Apache-2.0
// What may stand in a trace: protocol text without what people wrote and without credentials.
#pragma once

#include <string>
#include <string_view>

namespace stox::session {

/// The header block of a SIP message, credentials replaced by "[redacted]", and the body replaced by its
/// size; with `bodies` the body stays.
std::string redact_sip(std::string_view bytes, bool bodies);

/// A stanza with every run of character data replaced by its size; with `bodies` it stays. `bytes` is what
/// xml::to_bytes wrote (quotes inside attribute values are escaped).
std::string redact_stanza(std::string_view bytes, bool bodies);

/// The stanza's start tag as one short line: "message type='chat' id='x'" without addresses.
std::string stanza_summary(std::string_view bytes);

}  // namespace stox::session
