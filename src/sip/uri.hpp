// SPDX-License-Identifier: Apache-2.0
// SIP URIs (RFC 3261 section 19.1), tel (RFC 3966), im and pres (RFC 3860, 3859) as a value, and name-addr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace stox::sip {

struct uri {
    std::string scheme;  // lower case: sip sips tel im pres; others are kept with everything in `opaque`
    std::string user;    // as on the wire (percent-escapes kept), without password
    bool has_user = false;
    std::string password;
    std::string host;  // lower case; IPv6 in brackets; the number for tel
    std::optional<std::uint16_t> port;
    std::vector<std::pair<std::string, std::string>> parameters;  // names lower case, values as on the wire
    std::string headers;                                          // after '?', as on the wire
    std::string opaque;                                           // unknown schemes

    /// At most 64 parameters.
    static result<uri> parse(std::string_view text);
    std::string to_string() const;

    const std::string* parameter(std::string_view name) const;
    void set_parameter(std::string_view name, std::string_view value);
    void remove_parameter(std::string_view name);
    /// scheme, user and host without password, port, parameters and headers: an address of record.
    uri aor() const;
};

/// RFC 3261 section 19.1.4 equality.
bool equivalent(const uri& a, const uri& b);

/// Decodes %HH; an error on bad escapes.
result<std::string> percent_decode(std::string_view text);
/// Encodes every byte that may not stand in a user part (RFC 3261 `user`).
std::string encode_user(std::string_view raw);
/// Encodes every byte that may not stand in a URI parameter value (paramchar).
std::string encode_parameter(std::string_view raw);

/// name-addr or addr-spec with header parameters: From, To, Contact, Route, P-Asserted-Identity.
struct name_addr {
    std::string display_name;  // unquoted and unescaped
    uri address;
    std::vector<std::pair<std::string, std::string>> parameters;  // tag, expires, q, ... unquoted

    /// `pos` moves behind what was read, to a comma or the end, so that lists can be read one by one.
    static result<name_addr> parse(std::string_view text, std::size_t& pos);
    static result<name_addr> parse(std::string_view text);  // exactly one
    std::string to_string() const;  // always in name-addr form, display name quoted where needed
    const std::string* parameter(std::string_view name) const;
    void set_parameter(std::string_view name, std::string_view value);
};

}  // namespace stox::sip
