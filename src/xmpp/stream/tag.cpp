// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/tag.hpp"

#include "base/utf8.hpp"

namespace stox::xmpp::stream {

std::string escaped(std::string_view text) {
    std::string out;
    const std::string clean = to_xml_text(text);
    out.reserve(clean.size());
    for (const char c : clean) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '\'':
                out += "&apos;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\r':
                out += "&#13;";
                break;
            case '\n':
                out += "&#10;";
                break;
            case '\t':
                out += "&#9;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

tag& tag::attribute(std::string_view name, std::string_view value) {
    bytes_ += ' ';
    bytes_ += name;
    bytes_ += "='";
    bytes_ += escaped(value);
    bytes_ += '\'';
    return *this;
}

tag& tag::optional(std::string_view name, std::string_view value) {
    return value.empty() ? *this : attribute(name, value);
}

std::string tag::with_text(std::string_view text) const { return with_children(escaped(text)); }

std::string tag::with_children(std::string_view children) const {
    std::string out = bytes_ + ">";
    out += children;
    out += "</";
    out += name_;
    out += ">";
    return out;
}

}  // namespace stox::xmpp::stream
