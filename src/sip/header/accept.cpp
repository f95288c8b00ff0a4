// SPDX-License-Identifier: Apache-2.0
// Media ranges of Accept and their q values (RFC 3261 sections 20.1 and 25.1).
#include "sip/header/accept.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "sip/header/content_type.hpp"

namespace stox::sip {
namespace {

/// 0 no match, 1 "*/*", 2 "type/*", 3 the type itself.
int specificity(const content_type& range, std::string_view media_type) {
    if (range.is(media_type)) return 3;
    if (range.subtype != "*") return 0;
    if (range.type == "*") return 1;
    return istarts_with(media_type, range.type + '/') ? 2 : 0;
}

}  // namespace

std::optional<int> read_q(std::string_view text) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const auto whole = parse_decimal<int>(text.substr(0, dot), 1);
    if (!whole || dot != 1) return std::nullopt;
    std::string digits(text.substr(std::min(dot + 1, text.size())));
    if (digits.size() > 3) return std::nullopt;
    digits.resize(3, '0');
    const auto fraction = parse_decimal<int>(digits, 999);
    if (!fraction || *whole * 1000 + *fraction > 1000) return std::nullopt;
    return *whole * 1000 + *fraction;
}

result<int> accept_rating(const message& m, std::string_view media_type, int when_absent) {
    const auto fields = m.all("Accept");
    if (fields.empty()) return when_absent;
    int rating = 0;
    int best = 0;
    for (const std::string_view element : m.list("Accept")) {
        const auto range = content_type::parse(element);
        if (!range) return error{"Accept: " + range.error().text};
        const int match = specificity(*range, media_type);
        if (match <= best) continue;
        const std::string* q = range->parameter("q");
        best = match;
        rating = q == nullptr ? 1000 : read_q(*q).value_or(1000);
    }
    return rating;
}

}  // namespace stox::sip
