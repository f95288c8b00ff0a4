// SPDX-License-Identifier: Apache-2.0
// `scheme name=value, name="value"`: WWW-Authenticate, Proxy-Authenticate, Authorization and
// Proxy-Authorization (RFC 3261 sections 20.7, 20.27, 20.44, 25.1). What the values mean is for the digest
// client.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/syntax.hpp"

namespace stox::sip {

struct auth_value {
    std::string scheme;         // as received: "Digest"
    parameter_list parameters;  // names lower case, values unquoted, in order

    /// One header field value: SIP does not join these at commas (section 7.3.1). A parameter given twice is
    /// an error.
    static result<auth_value> parse(std::string_view text);

    const std::string* parameter(std::string_view name) const { return find_parameter(parameters, name); }
    void set_parameter(std::string_view name, std::string_view value);

    /// As a challenge: algorithm and stale bare, everything else quoted.
    std::string to_challenge() const;
    /// As credentials: algorithm, qop and nc bare, everything else quoted.
    std::string to_credentials() const;
};

}  // namespace stox::sip
