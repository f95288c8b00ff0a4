// SPDX-License-Identifier: Apache-2.0
// Media types as Content-Type and Accept write them (RFC 3261 sections 20.15 and 20.1).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/syntax.hpp"

namespace stox::sip {

struct content_type {
    std::string type;     // lower case
    std::string subtype;  // lower case
    parameter_list parameters;

    /// One media type; `pos` moves to the comma behind it or to the end.
    static result<content_type> parse(std::string_view text, std::size_t& pos);
    static result<content_type> parse(std::string_view text);  // exactly one
    std::string to_string() const;

    std::string essence() const { return type + '/' + subtype; }  // "text/plain"
    bool is(std::string_view media_type) const;                   // any case, parameters not compared
    const std::string* parameter(std::string_view name) const { return find_parameter(parameters, name); }
};

}  // namespace stox::sip
