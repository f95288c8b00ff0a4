// SPDX-License-Identifier: Apache-2.0
// Names that SIP registers: header fields with their compact forms, methods, and reason phrases.
#pragma once

#include <string_view>

namespace stox::sip {

/// The usual spelling of a registered header field, in full or compact form and any case; other names come
/// back as they are.
std::string_view canonical_name(std::string_view name);

/// Whether the method is one of the registered ones (case counts, RFC 3261 section 7.1).
bool is_registered_method(std::string_view method);

}  // namespace stox::sip
