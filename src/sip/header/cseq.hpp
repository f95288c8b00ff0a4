// SPDX-License-Identifier: Apache-2.0
// CSeq (RFC 3261 section 20.16).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace stox::sip {

struct cseq {
    std::uint32_t number = 0;
    std::string method;

    /// Numbers up to 2^32-1 are read; senders stay below 2^31 (section 8.1.1.5).
    static result<cseq> parse(std::string_view text);
    std::string to_string() const;
};

}  // namespace stox::sip
