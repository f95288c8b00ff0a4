// SPDX-License-Identifier: Apache-2.0
// Challenges and credentials (RFC 3261 section 25.1, `challenge`, `credentials`).
#include "sip/header/auth.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/text.hpp"

namespace stox::sip {
namespace {

/// Values that are no quoted strings are tokens, and for unknown schemes base64 with its '='.
std::string_view read_bare(std::string_view text, std::size_t& pos) {
    const std::size_t start = pos;
    while (pos < text.size() && text[pos] != ',' && text[pos] != '"' && !is_wsp(text[pos]) &&
           !is_control(text[pos]))
        ++pos;
    return text.substr(start, pos - start);
}

result<void> read_pair(auth_value& out, std::string_view text, std::size_t& pos) {
    const std::size_t start = pos;
    while (pos < text.size() && is_token_char(text[pos])) ++pos;
    const std::string_view name = text.substr(start, pos - start);
    skip_wsp(text, pos);
    if (name.empty() || pos == text.size() || text[pos] != '=')
        return error{"bad authentication parameter", pos};
    skip_wsp(text, ++pos);
    std::string value;
    if (pos < text.size() && text[pos] == '"') {
        auto quoted = read_quoted(text, pos);
        if (!quoted) return error{"bad quoted authentication parameter", pos};
        value = std::move(*quoted);
    } else {
        value = read_bare(text, pos);
        if (value.empty()) return error{"authentication parameter without value", pos};
    }
    std::string key = to_lower(name);
    if (out.parameter(key) != nullptr) return error{"authentication parameter given twice", start};
    out.parameters.emplace_back(std::move(key), std::move(value));
    return {};
}

std::string write(const auth_value& value, std::initializer_list<std::string_view> bare) {
    std::string out = value.scheme;
    std::string_view separator = " ";
    for (const auto& [name, text] : value.parameters) {
        ((out += separator) += name) += '=';
        if (std::find(bare.begin(), bare.end(), name) != bare.end() && is_token(text))
            out += text;
        else
            out += to_quoted(text);
        separator = ", ";
    }
    return out;
}

}  // namespace

result<auth_value> auth_value::parse(std::string_view text) {
    auth_value out;
    const std::size_t space = std::min(text.find_first_of(" \t"), text.size());
    out.scheme = text.substr(0, space);
    if (!is_token(out.scheme)) return error{"no authentication scheme"};
    for (std::size_t pos = space; pos < text.size();) {
        skip_wsp(text, pos);
        if (pos == text.size()) break;
        // Some senders leave an empty element between commas.
        if (text[pos] == ',') {
            ++pos;
            continue;
        }
        if (auto read = read_pair(out, text, pos); !read) return read.error();
        skip_wsp(text, pos);
        if (pos < text.size() && text[pos] != ',') return error{"comma expected", pos};
    }
    return out;
}

void auth_value::set_parameter(std::string_view name, std::string_view value) {
    std::erase_if(parameters, [name](const auto& p) { return p.first == name; });
    parameters.emplace_back(to_lower(name), value);
}

std::string auth_value::to_challenge() const { return write(*this, {"algorithm", "stale"}); }
std::string auth_value::to_credentials() const { return write(*this, {"algorithm", "qop", "nc"}); }

}  // namespace stox::sip
