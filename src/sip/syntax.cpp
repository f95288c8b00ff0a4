// SPDX-License-Identifier: Apache-2.0
// The lexical units of RFC 3261 section 25.1.
#include "sip/syntax.hpp"

#include "base/text.hpp"

namespace stox::sip {
namespace {

constexpr char_class token_class("-.!%*_+`'~");
// generic-param values are tokens, hosts or quoted strings; peers also send URIs and base64 unquoted.
constexpr char_class value_class("-.!%*_+`'~[]:/@=$&?#(){}|^");
constexpr char_class bare_class("-.!%*_+`'~[]:");

bool is_hex(char c) { return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f'); }

std::string_view read_while(const char_class& wanted, std::string_view text, std::size_t& pos) {
    const std::size_t start = pos;
    while (pos < text.size() && wanted.has(text[pos])) ++pos;
    return text.substr(start, pos - start);
}

std::optional<std::string> read_value(std::string_view text, std::size_t& pos) {
    if (pos < text.size() && text[pos] == '"') return read_quoted(text, pos);
    return std::string(read_while(value_class, text, pos));
}

}  // namespace

bool is_token_char(char c) { return token_class.has(c); }
bool is_wsp(char c) { return c == ' ' || c == '\t'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_token(std::string_view text) { return !text.empty() && token_class.has_all(text); }

bool escapes_are_whole(std::string_view text) {
    for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1))
        if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    return true;
}

void skip_wsp(std::string_view text, std::size_t& pos) {
    while (pos < text.size() && is_wsp(text[pos])) ++pos;
}

std::optional<std::string> read_quoted(std::string_view text, std::size_t& pos) {
    if (pos >= text.size() || text[pos] != '"') return std::nullopt;
    std::string out;
    for (std::size_t i = pos + 1; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            pos = i + 1;
            return out;
        }
        if (c == '\\') {
            if (++i == text.size() || text[i] == '\r' || text[i] == '\n') return std::nullopt;
            out += text[i];
        } else if (is_control(c) && c != '\t') {
            return std::nullopt;
        } else {
            out += c;
        }
    }
    return std::nullopt;
}

std::string to_quoted(std::string_view raw) {
    std::string out = "\"";
    for (const char c : raw) {
        if (c == '\r' || c == '\n') {
            out += ' ';
            continue;
        }
        if (c == '"' || c == '\\' || (is_control(c) && c != '\t')) out += '\\';
        out += c;
    }
    return out += '"';
}

std::size_t list_element_end(std::string_view text, std::size_t pos) {
    bool quoted = false;
    bool bracketed = false;
    for (; pos < text.size(); ++pos) {
        const char c = text[pos];
        if (quoted) {
            if (c == '\\')
                ++pos;
            else if (c == '"')
                quoted = false;
        } else if (c == '>') {
            bracketed = false;
        } else if (bracketed) {
            continue;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '<') {
            bracketed = true;
        } else if (c == ',') {
            return pos;
        }
    }
    return text.size();
}

result<void> read_parameters(std::string_view text, std::size_t& pos, parameter_list& out) {
    for (skip_wsp(text, pos); pos < text.size() && text[pos] != ','; skip_wsp(text, pos)) {
        if (text[pos] != ';') return error{"parameter expected", pos};
        skip_wsp(text, ++pos);
        const std::string_view name = read_while(token_class, text, pos);
        if (name.empty()) return error{"empty or bad parameter name", pos};
        skip_wsp(text, pos);
        std::string value;
        if (pos < text.size() && text[pos] == '=') {
            skip_wsp(text, ++pos);
            auto read = read_value(text, pos);
            if (!read) return error{"bad quoted parameter value", pos};
            value = std::move(*read);
        }
        out.emplace_back(to_lower(name), std::move(value));
    }
    return {};
}

void append_parameter(std::string& out, std::string_view name, std::string_view value) {
    (out += ';') += name;
    if (value.empty()) return;
    out += '=';
    // RFC 3840 section 9: the values of feature tags are always quoted strings.
    if (bare_class.has_all(value) && !name.starts_with('+'))
        out += value;
    else
        out += to_quoted(value);
}

const std::string* find_parameter(const parameter_list& list, std::string_view name) {
    for (const auto& [key, value] : list)
        if (key == name) return &value;
    return nullptr;
}

}  // namespace stox::sip
