// SPDX-License-Identifier: Apache-2.0
// name-addr / addr-spec with header parameters (RFC 3261 sections 20.10 and 25.1).
#include <algorithm>

#include "base/text.hpp"
#include "sip/syntax.hpp"
#include "sip/uri.hpp"

namespace stox::sip {
namespace {

bool is_non_ascii(char c) { return (c & 0x80) != 0; }

/// `*( token LWS )`; UTF-8 outside of quotes is against the grammar but phones send it.
bool is_token_phrase(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return is_token_char(c) || is_wsp(c) || is_non_ascii(c); });
}

result<void> read_display_name(name_addr& out, std::string_view text, std::size_t& pos) {
    if (pos < text.size() && text[pos] == '"') {
        auto quoted = read_quoted(text, pos);
        if (!quoted) return error{"bad quoted display name", pos};
        out.display_name = std::move(*quoted);
        skip_wsp(text, pos);
        if (pos == text.size() || text[pos] != '<') return error{"'<' expected behind the display name", pos};
        return {};
    }
    const std::size_t bracket = std::min(text.find('<', pos), text.size());
    if (bracket == text.size() || !is_token_phrase(text.substr(pos, bracket - pos))) return {};
    out.display_name = trim(text.substr(pos, bracket - pos));
    pos = bracket;
    return {};
}

result<void> read_address(name_addr& out, std::string_view text, std::size_t& pos) {
    const bool bracketed = pos < text.size() && text[pos] == '<';
    const std::size_t start = bracketed ? pos + 1 : pos;
    const std::size_t end =
        bracketed ? text.find('>', start) : std::min(text.find_first_of(" \t;,", start), text.size());
    if (end == std::string_view::npos) return error{"no '>' behind the URI", pos};
    auto address = uri::parse(text.substr(start, end - start));
    if (!address) return error{address.error().text, start};
    // RFC 3261 section 20: a URI with ? , or ; stands in angle brackets.
    if (!bracketed && text.substr(start, end - start).find('?') != std::string_view::npos)
        return error{"URI with headers outside of angle brackets", start};
    out.address = std::move(*address);
    pos = bracketed ? end + 1 : end;
    return {};
}

bool is_plain_phrase(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_token_char(c) || c == ' '; });
}

}  // namespace

result<name_addr> name_addr::parse(std::string_view text, std::size_t& pos) {
    name_addr out;
    skip_wsp(text, pos);
    if (auto read = read_display_name(out, text, pos); !read) return read.error();
    if (auto read = read_address(out, text, pos); !read) return read.error();
    if (auto read = read_parameters(text, pos, out.parameters); !read) return read.error();
    return out;
}

result<name_addr> name_addr::parse(std::string_view text) {
    std::size_t pos = 0;
    auto out = parse(text, pos);
    if (out && pos != text.size()) return error{"more than one address", pos};
    return out;
}

std::string name_addr::to_string() const {
    std::string out;
    if (!display_name.empty()) {
        const bool trimmed = display_name.front() != ' ' && display_name.back() != ' ';
        out = trimmed && is_plain_phrase(display_name) ? display_name : to_quoted(display_name);
        out += ' ';
    }
    ((out += '<') += address.to_string()) += '>';
    for (const auto& [name, value] : parameters) append_parameter(out, name, value);
    return out;
}

const std::string* name_addr::parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters)
        if (iequals(key, name)) return &value;
    return nullptr;
}

void name_addr::set_parameter(std::string_view name, std::string_view value) {
    std::erase_if(parameters, [name](const auto& p) { return iequals(p.first, name); });
    parameters.emplace_back(to_lower(name), value);
}

}  // namespace stox::sip
