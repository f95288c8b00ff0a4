// SPDX-License-Identifier: Apache-2.0
// Addresses across the border: sip, sips, im, pres and tel URIs to JIDs and back (RFC 7247 section 6,
// XEP-0106 section 4), GRUU to resource (RFC 5627), and the guest form user\40S@G under which an address of
// one domain shows on another. Pure functions; who may use which address is route.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/uri.hpp"
#include "xmpp/jid.hpp"

namespace stox::identity {

/// Why an address has no counterpart, as each side would be told.
struct address_error {
    int status;             // SIP
    std::string condition;  // XMPP, RFC 6120 section 8.3.3
    std::string text;
};
[[noreturn]] void throw_exception_from_error(const address_error& e, const boost::source_location&);

template <class T>
using mapped = result<T, address_error>;

/// XEP-0106 section 4.2 steps 3 and 4: doubles the ambiguous backslashes, then escapes the ten characters.
std::string escape_local(std::string_view raw);
/// XEP-0106 section 3.3: the ten sequences and nothing else, in one pass from the left.
std::string unescape_local(std::string_view local);

/// RFC 7247 section 6.4. `number_domain` is the domain that stands for tel numbers, "" = tel has no JID.
/// Password, port, URI parameters but gr, and headers are not part of an identity.
mapped<xmpp::jid> jid_from_uri(const sip::uri& uri, std::string_view number_domain = {});
/// The same for a header field, where `gr` is also read as a header parameter (examples of RFC 7572, 7573,
/// 7702 print it so).
mapped<xmpp::jid> jid_from_address(const sip::name_addr& address, std::string_view number_domain = {});

enum class uri_scheme { sip, sips, im, pres };

/// RFC 7247 section 6.5; the resource becomes `gr`. A localpart that is not in canonical XEP-0106 form
/// ("\5cx", "\20x") is refused, since what comes back would be another user.
mapped<sip::uri> uri_from_jid(const xmpp::jid& address, uri_scheme scheme = uri_scheme::sip);

/// user@S shown under the domain G: `user\40S@G` (resource kept) and `sip:user%40S@G` (gr kept). Domains
/// inside the local part are A-labels.
mapped<xmpp::jid> guest_jid(const xmpp::jid& original, std::string_view gateway_domain);
mapped<sip::uri> guest_uri(const sip::uri& original, std::string_view gateway_domain);
/// The address inside a guest form; an error when the local part holds no '@' or no usable address.
mapped<xmpp::jid> original_of_guest(const xmpp::jid& guest);
mapped<sip::uri> original_of_guest(const sip::uri& guest);

/// The resource of a SIP device without GRUU: stable for a node key and a Contact (or +sip.instance),
/// telling neither.
std::string device_token(std::string_view node_key, std::string_view contact_or_instance);

}  // namespace stox::identity
