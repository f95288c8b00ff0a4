// SPDX-License-Identifier: Apache-2.0
#include "session/redact.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace stox::session {
namespace {

constexpr std::size_t longest_text = 16'384;  // of one journal entry
constexpr std::size_t longest_summary = 200;

bool carries_credentials(std::string_view line) {
    return istarts_with(line, "Authorization:") || istarts_with(line, "Proxy-Authorization:");
}

std::string size_mark(std::size_t bytes) { return "[" + std::to_string(bytes) + " bytes]"; }

// Index of the '>' that ends the tag opened at `at`, quotes respected; npos when the tag is cut off.
std::size_t tag_end(std::string_view bytes, std::size_t at) {
    char quote = '\0';
    for (std::size_t i = at; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return i;
        }
    }
    return std::string_view::npos;
}

// The value of ` name="..."` inside a start tag, "" when absent.
std::string_view attribute_in(std::string_view tag, std::string_view name) {
    for (std::size_t at = tag.find(name); at != std::string_view::npos; at = tag.find(name, at + 1)) {
        const std::size_t equals = at + name.size();
        if (at == 0 || tag[at - 1] != ' ' || equals + 1 >= tag.size() || tag[equals] != '=') continue;
        const char quote = tag[equals + 1];
        const std::size_t end = tag.find(quote, equals + 2);
        if (end == std::string_view::npos) return {};
        return tag.substr(equals + 2, end - equals - 2);
    }
    return {};
}

}  // namespace

std::string redact_sip(std::string_view bytes, bool bodies) {
    const std::size_t split = bytes.find("\r\n\r\n");
    std::string_view head = bytes.substr(0, split);
    const std::string_view body =
        split == std::string_view::npos ? std::string_view{} : bytes.substr(split + 4);
    std::string out;
    out.reserve(head.size() + 64);
    bool hidden = false;
    while (!head.empty()) {
        const std::size_t end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        const bool folded = !line.empty() && (line.front() == ' ' || line.front() == '\t');
        if (!folded) {
            hidden = carries_credentials(line);
            out += hidden ? line.substr(0, line.find(':') + 1) : line;
            out += hidden ? " [redacted]\n" : "\n";
        } else if (!hidden) {
            out += line;
            out += '\n';
        }
        if (end == std::string_view::npos) break;
        head.remove_prefix(end + 2);
    }
    if (!body.empty()) {
        out += '\n';
        out += bodies ? std::string(body) : size_mark(body.size());
    }
    return to_xml_text(utf8_prefix(out, longest_text));
}

std::string redact_stanza(std::string_view bytes, bool bodies) {
    if (bodies) return std::string(utf8_prefix(bytes, longest_text));
    std::string out;
    for (std::size_t at = 0; at < bytes.size() && out.size() < longest_text;) {
        const std::size_t open = bytes.find('<', at);
        const std::size_t text_end = open == std::string_view::npos ? bytes.size() : open;
        if (text_end > at) out += size_mark(text_end - at);
        if (open == std::string_view::npos) break;
        const std::size_t end = tag_end(bytes, open);
        if (end == std::string_view::npos) break;
        out += bytes.substr(open, end - open + 1);
        at = end + 1;
    }
    return out;
}

std::string stanza_summary(std::string_view bytes) {
    const std::size_t end = tag_end(bytes, 0);
    if (bytes.empty() || bytes.front() != '<' || end == std::string_view::npos) return {};
    const std::string_view tag = bytes.substr(1, end - 1);
    std::string out(tag.substr(0, tag.find_first_of(" />")));
    for (const std::string_view name : {"type", "id"}) {
        const std::string_view value = attribute_in(tag, name);
        if (value.empty()) continue;
        out += ' ';
        out += name;
        out += '=';
        out += value;
    }
    return std::string(utf8_prefix(out, longest_summary));
}

}  // namespace stox::session
