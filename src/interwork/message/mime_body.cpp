// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/mime_body.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "interwork/common/encode.hpp"

namespace stox::interwork {
namespace {

constexpr std::size_t max_depth = 8;
constexpr std::size_t max_parts = 64;
constexpr std::size_t max_fields = 64;

// Takes one line off `rest`, without its CRLF or LF.
std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// A token or quoted-string at the front of `text`, taken off.
std::string take_value(std::string_view& text) {
    std::string out;
    if (!text.starts_with('"')) {
        const auto end = std::min(text.find(';'), text.size());
        out = trim(text.substr(0, end));
        text.remove_prefix(end);
        return out;
    }
    std::size_t i = 1;
    for (; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        out.push_back(text[i]);
    }
    text.remove_prefix(std::min(i + 1, text.size()));
    return out;
}

bool is_type(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size()) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || std::string_view("!#$&^_.+-/").find(c) != std::string_view::npos;
    });
}

struct multipart {
    mime_leaf leaf;
    std::size_t depth = 0;
};

// The parts between the delimiters of one multipart (RFC 2046 section 5.1.1), at most `most`.
std::vector<std::string_view> split_parts(std::string_view body, const std::string& delimiter,
                                          std::size_t most) {
    std::vector<std::string_view> parts;
    std::string_view rest = body;
    std::optional<std::size_t> begin;
    while (!rest.empty()) {
        const std::size_t line_at = body.size() - rest.size();
        const auto line = take_line(rest);
        if (!line.starts_with(delimiter)) continue;
        const auto tail = trim(line.substr(delimiter.size()));
        const bool last = tail.starts_with("--");
        if (!tail.empty() && !last) continue;
        if (begin) {
            auto part = body.substr(*begin, line_at - *begin);
            // The line end before a delimiter belongs to the delimiter.
            if (part.ends_with('\n')) part.remove_suffix(1);
            if (part.ends_with('\r')) part.remove_suffix(1);
            parts.push_back(part);
        }
        begin = body.size() - rest.size();
        if (last || parts.size() > most) return parts;
    }
    if (begin) parts.push_back(body.substr(std::min(*begin, body.size())));
    return parts;
}

std::optional<std::string> decode_quoted_printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out.push_back(text[i]);
            continue;
        }
        if (text.substr(i, 3) == "=\r\n") {
            i += 2;
        } else if (text.substr(i, 2) == "=\n") {
            i += 1;
        } else {
            unsigned value = 0;
            const auto digits = text.substr(i + 1, 2);
            const auto [end, fault] =
                std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
            if (digits.size() != 2 || fault != std::errc{} || end != digits.data() + 2) return std::nullopt;
            out.push_back(static_cast<char>(value));
            i += 2;
        }
    }
    return out;
}

std::optional<std::string> decode_transfer(const mime_leaf& leaf) {
    const std::string& name = leaf.transfer_encoding;
    if (name.empty() || name == "7bit" || name == "8bit" || name == "binary") return std::string(leaf.body);
    if (name == "quoted-printable") return decode_quoted_printable(leaf.body);
    if (name != "base64") return std::nullopt;
    std::string packed;
    std::copy_if(leaf.body.begin(), leaf.body.end(), std::back_inserter(packed),
                 [](char c) { return c != '\r' && c != '\n' && c != ' ' && c != '\t'; });
    return from_base64(packed);
}

std::string with_lf(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        out.push_back(text[i] == '\r' ? '\n' : text[i]);
    }
    return out;
}

}  // namespace

std::optional<content_type> content_type::parse(std::string_view text) {
    const auto end = std::min(text.find(';'), text.size());
    content_type out;
    out.type = to_lower(trim(text.substr(0, end)));
    if (!is_type(out.type)) return std::nullopt;
    text.remove_prefix(end);
    while (!text.empty() && out.parameters.size() < 32) {
        text.remove_prefix(1);
        const auto equals = text.find_first_of("=;");
        std::string name = to_lower(trim(text.substr(0, equals)));
        const bool has_value = equals != std::string_view::npos && text[equals] == '=';
        text.remove_prefix(std::min(equals, text.size()));
        std::string value;
        if (has_value) {
            text.remove_prefix(1);
            text = text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
            value = take_value(text);
        }
        text.remove_prefix(std::min(text.find(';'), text.size()));
        if (!name.empty()) out.parameters.emplace_back(std::move(name), std::move(value));
    }
    return out;
}

std::string_view content_type::parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters)
        if (key == name) return value;
    return {};
}

mime_fields read_fields(std::string_view& rest) {
    mime_fields fields;
    while (!rest.empty()) {
        const auto line = take_line(rest);
        if (line.empty()) break;
        if ((line[0] == ' ' || line[0] == '\t') && !fields.empty()) {
            fields.back().second += " " + std::string(trim(line));
            continue;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0 || fields.size() >= max_fields) continue;
        fields.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
    return fields;
}

std::string_view field(const mime_fields& fields, std::string_view name) {
    for (const auto& [key, value] : fields)
        if (iequals(key, name)) return value;
    return {};
}

mime_leaf leaf_of(const mime_fields& fields, std::string_view body) {
    mime_leaf out;
    const auto type = field(fields, "Content-Type");
    auto parsed = content_type::parse(type.empty() ? "text/plain" : type);
    // RFC 2045 section 5.2: what cannot be understood is opaque.
    if (!parsed) parsed = content_type{"application/octet-stream", {}};
    out.type = std::move(*parsed);
    const auto languages = field(fields, "Content-Language");
    out.language = language_tag(languages.substr(0, languages.find(',')));
    out.transfer_encoding = to_lower(field(fields, "Content-Transfer-Encoding"));
    out.optional =
        to_lower(field(fields, "Content-Disposition")).find("handling=optional") != std::string::npos;
    out.body = body;
    return out;
}

result<std::vector<mime_leaf>> leaves_of(mime_leaf root) {
    std::vector<mime_leaf> leaves;
    std::vector<multipart> open;
    std::size_t parts_seen = 0, groups = 0;
    open.push_back({std::move(root), 0});
    while (!open.empty()) {
        multipart current = std::move(open.back());
        open.pop_back();
        if (!current.leaf.type.type.starts_with("multipart/")) {
            leaves.push_back(std::move(current.leaf));
            continue;
        }
        const auto boundary = current.leaf.type.parameter("boundary");
        if (boundary.empty() || boundary.size() > 70) return error{"a multipart without a usable boundary"};
        if (current.depth >= max_depth) return error{"multiparts nested too deeply"};
        const bool opens_group = current.leaf.group == 0 && current.leaf.type.type == "multipart/alternative";
        if (opens_group) ++groups;
        const auto parts = split_parts(current.leaf.body, "--" + std::string(boundary), max_parts);
        parts_seen += parts.size();
        if (parts_seen > max_parts) return error{"too many parts in a multipart"};
        for (std::size_t i = parts.size(); i-- > 0;) {
            std::string_view body = parts[i];
            const auto fields = read_fields(body);
            multipart next{leaf_of(fields, body), current.depth + 1};
            next.leaf.group = opens_group ? groups : current.leaf.group;
            next.leaf.branch = opens_group ? i + 1 : current.leaf.branch;
            if (next.leaf.language.empty()) next.leaf.language = current.leaf.language;
            open.push_back(std::move(next));
        }
    }
    return leaves;
}

std::optional<std::string> text_of_leaf(const mime_leaf& leaf) {
    const auto bytes = decode_transfer(leaf);
    if (!bytes) return std::nullopt;
    const std::string charset = to_lower(leaf.type.parameter("charset"));
    // COMPAT(SylkServer 6.6): "utf8" without the hyphen.
    if (charset.empty() || charset == "utf-8" || charset == "utf8" || charset == "us-ascii" ||
        charset == "ascii")
        return with_lf(to_xml_text(*bytes));
    if (charset == "iso-8859-1" || charset == "latin1" || charset == "latin-1")
        return with_lf(to_xml_text(latin1_to_utf8(*bytes)));
    return std::nullopt;
}

}  // namespace stox::interwork
