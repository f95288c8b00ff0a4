// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/html_scan.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/text.hpp"

namespace stox::interwork {
namespace {

constexpr std::string_view space = " \t\r\n\f";

bool is_name_char(char c) { return is_alnum(c) || c == '-' || c == '_' || c == ':' || c == '.'; }

void append_code_point(std::string& out, std::uint32_t cp) {
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (cp < 0x80) {
        put(cp);
    } else if (cp < 0x800) {
        put(0xC0U | cp >> 6U);
        put(0x80U | (cp & 0x3FU));
    } else if (cp < 0x10000) {
        put(0xE0U | cp >> 12U);
        put(0x80U | (cp >> 6U & 0x3FU));
        put(0x80U | (cp & 0x3FU));
    } else {
        put(0xF0U | cp >> 18U);
        put(0x80U | (cp >> 12U & 0x3FU));
        put(0x80U | (cp >> 6U & 0x3FU));
        put(0x80U | (cp & 0x3FU));
    }
}

std::optional<std::uint32_t> numeric_reference(std::string_view name) {
    name.remove_prefix(1);
    const int base = !name.empty() && ascii_lower(name[0]) == 'x' ? 16 : 10;
    if (base == 16) name.remove_prefix(1);
    std::uint32_t value = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), value, base);
    if (name.empty() || fault != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value > 0x10FFFF || surrogate || value == 0) return 0xFFFD;
    return value;
}

std::optional<std::uint32_t> reference(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, std::uint32_t>, 6> named{
        {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xA0}}};
    if (name.empty()) return std::nullopt;
    if (name[0] == '#') return numeric_reference(name);
    for (const auto& [known, value] : named)
        if (known == name) return value;
    return std::nullopt;
}

// The position of `needle` (lower case ASCII) in any case; npos when absent.
std::size_t find_folded(std::string_view text, std::string_view needle) {
    const auto at = std::search(text.begin(), text.end(), needle.begin(), needle.end(),
                                [](char a, char b) { return ascii_lower(a) == b; });
    return at == text.end() ? std::string_view::npos : static_cast<std::size_t>(at - text.begin());
}

}  // namespace

std::string decode_references(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto amp = text.find('&');
        out.append(text.substr(0, amp));
        if (amp == std::string_view::npos) break;
        text.remove_prefix(amp);
        const auto end = text.substr(0, 12).find(';');
        const auto value = end == std::string_view::npos ? std::nullopt : reference(text.substr(1, end - 1));
        if (value) append_code_point(out, *value);
        if (!value) out.push_back('&');
        text.remove_prefix(value ? end + 1 : 1);
    }
    return out;
}

html_token html_scanner::next() {
    while (skip_non_content()) {
    }
    html_token token;
    if (rest_.empty()) return token;
    const bool tag = rest_.size() > 1 && rest_[0] == '<' &&
                     (is_alpha(rest_[1]) || (rest_[1] == '/' && rest_.size() > 2 && is_alpha(rest_[2])));
    if (tag) return read_tag();
    // A '<' that begins no tag is text.
    const auto end = std::min(rest_.find('<', 1), rest_.size());
    token.what = html_token::kind::text;
    token.text = decode_references(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return token;
}

// Comments, declarations, processing instructions: true when something was skipped.
bool html_scanner::skip_non_content() {
    std::string_view until;
    if (rest_.starts_with("<!--"))
        until = "-->";
    else if (rest_.starts_with("<!") || rest_.starts_with("<?"))
        until = ">";
    else
        return false;
    const auto end = rest_.find(until, 2);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + until.size());
    return true;
}

html_token html_scanner::read_tag() {
    html_token token;
    token.what = rest_[1] == '/' ? html_token::kind::close : html_token::kind::open;
    rest_.remove_prefix(token.what == html_token::kind::close ? 2 : 1);
    std::size_t end = 0;
    while (end < rest_.size() && is_name_char(rest_[end])) ++end;
    token.name = to_lower(rest_.substr(0, end));
    if (const auto colon = token.name.rfind(':'); colon != std::string::npos) token.name.erase(0, colon + 1);
    rest_.remove_prefix(end);
    read_attributes(token);
    constexpr std::array<std::string_view, 6> opaque{"script", "style", "head", "title", "iframe", "object"};
    const bool skip = token.what == html_token::kind::open && !token.empty_element &&
                      std::find(opaque.begin(), opaque.end(), token.name) != opaque.end();
    if (skip) {
        const auto close = find_folded(rest_, "</" + token.name);
        rest_.remove_prefix(close == std::string_view::npos ? rest_.size() : close);
    }
    return token;
}

void html_scanner::read_attributes(html_token& token) {
    constexpr std::size_t most = 64;
    while (!rest_.empty()) {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(space), rest_.size()));
        if (rest_.empty()) return;
        if (rest_[0] == '>') {
            rest_.remove_prefix(1);
            return;
        }
        if (!is_name_char(rest_[0])) {
            token.empty_element = rest_[0] == '/';
            rest_.remove_prefix(1);
            continue;
        }
        token.empty_element = false;
        std::size_t end = 0;
        while (end < rest_.size() && is_name_char(rest_[end])) ++end;
        std::string name = to_lower(rest_.substr(0, end));
        rest_.remove_prefix(end);
        rest_.remove_prefix(std::min(rest_.find_first_not_of(space), rest_.size()));
        std::string value;
        if (rest_.starts_with('=')) value = read_value();
        if (token.attributes.size() < most) token.attributes.emplace_back(std::move(name), std::move(value));
    }
}

std::string html_scanner::read_value() {
    rest_.remove_prefix(1);
    rest_.remove_prefix(std::min(rest_.find_first_not_of(space), rest_.size()));
    if (rest_.empty()) return {};
    const char quote = rest_[0];
    const bool quoted = quote == '"' || quote == '\'';
    if (quoted) rest_.remove_prefix(1);
    const auto end = std::min(quoted ? rest_.find(quote) : rest_.find_first_of(" \t\r\n\f>"), rest_.size());
    std::string value = decode_references(rest_.substr(0, end));
    rest_.remove_prefix(std::min(rest_.size(), quoted ? end + 1 : end));
    return value;
}

}  // namespace stox::interwork
