// SPDX-License-Identifier: Apache-2.0
// What makes two messages parts of one transaction (RFC 3261 sections 17.1.3, 17.2.3 and 8.2.2.2) as text
// keys. Only for messages that check() passed.
#pragma once

#include <string>
#include <string_view>

#include "sip/header/via.hpp"
#include "sip/message.hpp"

namespace stox::sip::transaction {

/// Of a request, on the server side: branch, sent-by and method; the INVITE's for its ACK; without the magic
/// cookie the RFC 2543 fields. `as_method`: pretend another method ("INVITE" finds what a CANCEL is for).
std::string server_key(const message& request, const via& top, std::string_view as_method = {});

/// Of a response, or of a request of ours, on the client side: branch and CSeq method.
std::string client_key(std::string_view branch, std::string_view method);

/// Equal for one request that came by two paths; "" inside a dialog, where there is no merging.
std::string merge_key(const message& request);

/// The tag of a From or To value, "" without.
std::string tag_of(std::string_view name_addr_value);

}  // namespace stox::sip::transaction
