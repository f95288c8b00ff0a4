// SPDX-License-Identifier: Apache-2.0
// Reading and writing of SIP, SIPS, tel, im and pres URIs. Grammar: RFC 3261 section 25.1, RFC 3966
// section 3.
#include "sip/uri.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sip/host.hpp"
#include "sip/syntax.hpp"

namespace stox::sip {
namespace {

constexpr char_class user_class(uri_marks, "&=+$,;?/");
constexpr char_class password_class(uri_marks, "&=+$,");
constexpr char_class parameter_class(uri_marks, "[]/:&+$");
constexpr char_class header_class(uri_marks, "[]/?:+$&=");
constexpr char_class unreserved_class(uri_marks);

bool is_made_of(std::string_view text, const char_class& allowed) {
    for (const char c : text)
        if (!allowed.has(c) && c != '%') return false;
    return escapes_are_whole(text);
}

std::string encode(std::string_view raw, const char_class& allowed) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(raw.size());
    for (const char c : raw) {
        if (allowed.has(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        ((out += '%') += digits[byte >> 4]) += digits[byte & 15];
    }
    return out;
}

/// Phones dial "*21#" without escaping the hash; it is escaped here so that what stox writes is right.
std::string escape_hash(std::string_view user) {
    std::string out;
    for (const char c : user) {
        if (c == '#')
            out += "%23";
        else
            out += c;
    }
    return out;
}

result<void> read_userinfo(uri& out, std::string_view text) {
    const std::size_t colon = text.find(':');
    out.user = escape_hash(text.substr(0, colon));
    out.has_user = true;
    if (out.user.empty()) return error{"empty user in URI"};
    if (!is_made_of(out.user, user_class)) return error{"bad character in the user part of a URI"};
    if (colon == std::string_view::npos) return {};
    out.password = text.substr(colon + 1);
    if (!is_made_of(out.password, password_class)) return error{"bad character in the password of a URI"};
    return {};
}

// Each is compared with all before it.
constexpr std::size_t most_parameters = 64;

result<void> read_parameter(uri& out, std::string_view text) {
    if (text.empty()) return {};
    if (out.parameters.size() == most_parameters) return error{"too many URI parameters"};
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
    if (name.empty() || !is_made_of(name, parameter_class) || !is_made_of(value, parameter_class))
        return error{"bad URI parameter"};
    // RFC 3261 section 19.1.1: a name appears once; two would let two readers choose differently.
    if (out.parameter(name) != nullptr) return error{"URI parameter given twice"};
    out.parameters.emplace_back(to_lower(name), value);
    return {};
}

result<void> read_tail(uri& out, std::string_view text) {
    const std::size_t question = text.find('?');
    if (question != std::string_view::npos) {
        out.headers = text.substr(question + 1);
        if (out.headers.empty() || !is_made_of(out.headers, header_class)) return error{"bad headers in URI"};
        text = text.substr(0, question);
    }
    if (text.empty()) return {};
    for (const std::string_view part : split(text.substr(1), ';'))
        if (auto read = read_parameter(out, part); !read) return read.error();
    return {};
}

result<uri> read_sip(uri out, std::string_view rest) {
    if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
        if (auto read = read_userinfo(out, rest.substr(0, at)); !read) return read.error();
        rest.remove_prefix(at + 1);
    }
    const std::size_t end = std::min(rest.find_first_of(";?"), rest.size());
    auto place = read_host_port(rest.substr(0, end));
    if (!place) return place.error();
    if (place->port == 0) return error{"port 0 in URI"};
    out.host = std::move(place->host);
    out.port = place->port;
    if (auto read = read_tail(out, rest.substr(end)); !read) return read.error();
    return out;
}

result<uri> read_tel(uri out, std::string_view rest) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    out.host = rest.substr(0, end);
    const bool global = out.host.starts_with('+');
    const std::string_view allowed = global ? "0123456789-.()" : "0123456789-.()*#abcdefABCDEF";
    const std::string_view number = std::string_view(out.host).substr(global ? 1 : 0);
    if (number.find_first_not_of(allowed) != std::string_view::npos) return error{"bad telephone number"};
    if (number.find_first_not_of("-.()") == std::string_view::npos)
        return error{"telephone number without digits"};
    if (auto read = read_tail(out, rest.substr(end)); !read) return read.error();
    return out;
}

bool is_scheme(std::string_view text) {
    if (text.empty() || !is_alpha(text.front())) return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; });
}

/// Two texts are the same when they differ only in needless escapes (RFC 3261 section 19.1.4).
std::string normal_escapes(std::string_view text) {
    const auto decoded = percent_decode(text);
    return decoded ? encode(*decoded, unreserved_class) : std::string(text);
}

std::string normal_user(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            out += normal_escapes(text.substr(i, 3));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

bool same_parameters(const uri& a, const uri& b) {
    constexpr std::string_view never_ignored[] = {"transport", "user", "ttl", "method", "maddr"};
    for (const auto& [name, value] : a.parameters) {
        const std::string* other = b.parameter(name);
        if (other == nullptr) {
            for (const std::string_view n : never_ignored)
                if (n == name) return false;
        } else if (!iequals(normal_user(value), normal_user(*other))) {
            return false;
        }
    }
    return true;
}

std::vector<std::string> sorted_headers(const uri& u) {
    std::vector<std::string> out;
    for (const std::string_view part : split(u.headers, '&')) {
        const std::size_t equals = std::min(part.find('='), part.size());
        out.push_back(to_lower(part.substr(0, equals)) + normal_user(part.substr(equals)));
    }
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

result<uri> uri::parse(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) return error{"no URI scheme"};
    for (const char c : text)
        if (is_control(c) || is_wsp(c) || c == '<' || c == '>' || c == '"' || (c & 0x80) != 0)
            return error{"character not allowed in a URI"};
    uri out;
    out.scheme = to_lower(text.substr(0, colon));
    const std::string_view rest = text.substr(colon + 1);
    if (rest.empty()) return error{"empty URI"};
    if (out.scheme == "tel") return read_tel(std::move(out), rest);
    if (out.scheme == "sip" || out.scheme == "sips" || out.scheme == "im" || out.scheme == "pres")
        return read_sip(std::move(out), rest);
    out.opaque = rest;
    return out;
}

std::string uri::to_string() const {
    std::string out = scheme + ':';
    if (!opaque.empty()) return out += opaque;
    if (has_user) {
        out += user;
        if (!password.empty()) (out += ':') += password;
        out += '@';
    }
    out += host;
    if (port) (out += ':') += std::to_string(*port);
    for (const auto& [name, value] : parameters) {
        (out += ';') += name;
        if (!value.empty()) (out += '=') += value;
    }
    if (!headers.empty()) (out += '?') += headers;
    return out;
}

const std::string* uri::parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters)
        if (iequals(key, name)) return &value;
    return nullptr;
}

void uri::set_parameter(std::string_view name, std::string_view value) {
    remove_parameter(name);
    parameters.emplace_back(to_lower(name), value);
}

void uri::remove_parameter(std::string_view name) {
    std::erase_if(parameters, [name](const auto& p) { return iequals(p.first, name); });
}

uri uri::aor() const {
    uri out;
    out.scheme = scheme;
    out.user = user;
    out.has_user = has_user;
    out.host = host;
    out.opaque = opaque;
    return out;
}

bool equivalent(const uri& a, const uri& b) {
    return a.scheme == b.scheme && a.opaque == b.opaque && a.has_user == b.has_user &&
           normal_user(a.user) == normal_user(b.user) && normal_user(a.password) == normal_user(b.password) &&
           iequals(a.host, b.host) && a.port == b.port && same_parameters(a, b) && same_parameters(b, a) &&
           sorted_headers(a) == sorted_headers(b);
}

result<std::string> percent_decode(std::string_view text) {
    if (!escapes_are_whole(text)) return error{"bad percent escape"};
    const auto nibble = [](char c) { return is_digit(c) ? c - '0' : ascii_lower(c) - 'a' + 10; };
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        out += static_cast<char>(nibble(text[i + 1]) * 16 + nibble(text[i + 2]));
        i += 2;
    }
    return {boost::system::in_place_value, std::move(out)};
}

std::string encode_user(std::string_view raw) { return encode(raw, user_class); }
std::string encode_parameter(std::string_view raw) { return encode(raw, parameter_class); }

}  // namespace stox::sip
