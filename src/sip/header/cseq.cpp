// SPDX-License-Identifier: Apache-2.0
// CSeq (RFC 3261 section 20.16).
#include "sip/header/cseq.hpp"

#include <limits>

#include "base/text.hpp"
#include "sip/syntax.hpp"

namespace stox::sip {

result<cseq> cseq::parse(std::string_view text) {
    const std::size_t space = text.find_first_of(" \t");
    if (space == std::string_view::npos) return error{"CSeq without method"};
    const auto number =
        parse_decimal<std::uint32_t>(text.substr(0, space), std::numeric_limits<std::uint32_t>::max());
    const std::string_view method = trim(text.substr(space));
    if (!number) return error{"bad CSeq number"};
    if (!is_token(method)) return error{"bad CSeq method", space};
    return cseq{*number, std::string(method)};
}

std::string cseq::to_string() const { return std::to_string(number) + ' ' + method; }

}  // namespace stox::sip
