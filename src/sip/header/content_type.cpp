// SPDX-License-Identifier: Apache-2.0
// Media types (RFC 3261 section 25.1, `media-type`).
#include "sip/header/content_type.hpp"

#include "base/text.hpp"

namespace stox::sip {
namespace {

std::string_view read_token(std::string_view text, std::size_t& pos) {
    skip_wsp(text, pos);
    const std::size_t start = pos;
    while (pos < text.size() && is_token_char(text[pos])) ++pos;
    const std::string_view token = text.substr(start, pos - start);
    skip_wsp(text, pos);
    return token;
}

}  // namespace

result<content_type> content_type::parse(std::string_view text, std::size_t& pos) {
    content_type out;
    out.type = to_lower(read_token(text, pos));
    if (out.type.empty()) return error{"no media type", pos};
    if (pos == text.size() || text[pos] != '/') return error{"no media subtype", pos};
    out.subtype = to_lower(read_token(text, ++pos));
    if (out.subtype.empty()) return error{"no media subtype", pos};
    if (auto read = read_parameters(text, pos, out.parameters); !read) return read.error();
    return out;
}

result<content_type> content_type::parse(std::string_view text) {
    std::size_t pos = 0;
    auto out = parse(text, pos);
    if (out && pos != text.size()) return error{"more than one media type", pos};
    return out;
}

std::string content_type::to_string() const {
    std::string out = essence();
    for (const auto& [name, value] : parameters) append_parameter(out, name, value);
    return out;
}

bool content_type::is(std::string_view media_type) const { return iequals(essence(), media_type); }

}  // namespace stox::sip
