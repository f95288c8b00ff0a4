// SPDX-License-Identifier: Apache-2.0
// Addresses as stream elements and stanzas carry them.
#pragma once

#include <optional>
#include <string>

#include "xml/element.hpp"
#include "xmpp/jid.hpp"

namespace stox::xmpp::stream {

/// The domain that an attribute holds; nullopt unless it is a valid bare domain.
std::optional<std::string> domain_attribute(xml::element e, const char* name);

/// The address that an attribute of a stanza holds; of a malformed one only the domain: a bad address is its
/// sender's fault, not the stream's, and the domain is enough to judge and to answer (RFC 6120 section
/// 8.3.3.8). An error when there is not even that.
result<jid> address_attribute(xml::element stanza, const char* name);

}  // namespace stox::xmpp::stream
