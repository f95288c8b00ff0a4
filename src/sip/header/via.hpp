// SPDX-License-Identifier: Apache-2.0
// Via (RFC 3261 section 20.42, rport of RFC 3581, IPv6 forms of RFC 5118 section 4.4). No routing here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/syntax.hpp"

namespace stox::sip {

inline constexpr std::string_view branch_cookie = "z9hG4bK";

struct via {
    std::string version = "2.0";
    std::string transport;              // upper case: "UDP", "TCP", "TLS", or any other token
    std::string host;                   // lower case; IPv6 in brackets
    std::optional<std::uint16_t> port;  // 0 can be received; it is no port to answer to
    parameter_list parameters;          // names lower case

    /// One element; `pos` moves to the comma behind it or to the end.
    static result<via> parse(std::string_view text, std::size_t& pos);
    static result<via> parse(std::string_view text);  // exactly one
    /// The first element as far as a refusal needs it to find its way: parameters from the first unreadable
    /// one on are left out (RFC 4475 section 3.1.2.1 wants an answer to such a Via).
    static result<via> parse_for_refusal(std::string_view text);
    std::string to_string() const;

    const std::string* parameter(std::string_view name) const { return find_parameter(parameters, name); }
    void set_parameter(std::string_view name, std::string_view value);
    void remove_parameter(std::string_view name);
    std::string_view branch() const;  // "" when absent
    /// The address without brackets; "" when absent.
    std::string_view received() const;
    /// Writes the address without brackets, as RFC 3261 has it.
    void set_received(std::string_view address);
    bool wants_rport() const { return parameter("rport") != nullptr; }
    /// The port written into rport; nullopt when absent or still empty.
    std::optional<std::uint16_t> rport() const;
};

}  // namespace stox::sip
