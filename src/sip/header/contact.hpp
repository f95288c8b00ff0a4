// SPDX-License-Identifier: Apache-2.0
// The Contact fields of a message as one list (RFC 3261 section 20.10).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "sip/message.hpp"
#include "sip/uri.hpp"

namespace stox::sip {

struct contact_list {
    bool wildcard = false;  // "*", which stands alone (section 10.3)
    std::vector<name_addr> addresses;
};

/// Every Contact of the message; an error when one cannot be read or "*" has company.
result<contact_list> read_contacts(const message& m);

/// The expires parameter in seconds; nullopt when absent or no number (section 10.2.1.1: then Expires
/// counts).
std::optional<std::uint32_t> contact_expires(const name_addr& contact);

}  // namespace stox::sip
