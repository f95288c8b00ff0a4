// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/xhtml.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "interwork/message/html_scan.hpp"

namespace stox::interwork {
namespace {

constexpr std::size_t max_input = 262'144;
constexpr std::size_t max_depth = 32;

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

// What an element of real-world HTML is in XHTML-IM; "" = falls away, its content stays.
std::string_view allowed_name(std::string_view name) {
    constexpr std::array<std::string_view, 11> same{"a",  "blockquote", "br",   "cite",   "em", "li",
                                                    "ol", "p",          "span", "strong", "ul"};
    constexpr std::array<std::string_view, 8> paragraphs{"div", "h1", "h2", "h3", "h4", "h5", "h6", "pre"};
    if (contains(same, name)) return *std::find(same.begin(), same.end(), name);
    if (name == "b") return "strong";
    if (name == "i") return "em";
    if (contains(paragraphs, name)) return "p";
    return {};
}

bool is_block(std::string_view name) {
    constexpr std::array<std::string_view, 5> blocks{"blockquote", "li", "ol", "p", "ul"};
    return contains(blocks, name);
}

bool is_safe_link(std::string_view href) {
    constexpr std::array<std::string_view, 8> schemes{
        "http:", "https:", "mailto:", "xmpp:", "sip:", "sips:", "tel:", "im:"};
    if (href.size() > 2048) return false;
    const bool clean = std::all_of(href.begin(), href.end(), [](char c) {
        const auto b = static_cast<unsigned char>(c);
        return b > 0x20 && b != 0x7F;
    });
    return clean && std::any_of(schemes.begin(), schemes.end(),
                                [href](std::string_view s) { return istarts_with(href, s); });
}

// XEP-0071 section 7.6: the style properties that cannot fetch, position or cover anything.
std::string safe_style(std::string_view style) {
    constexpr std::array<std::string_view, 8> properties{"background-color", "color",          "font-family",
                                                         "font-size",        "font-style",     "font-weight",
                                                         "text-align",       "text-decoration"};
    std::string out;
    for (const auto declaration : split(style.substr(0, 1024), ';')) {
        const auto colon = declaration.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string name = to_lower(trim(declaration.substr(0, colon)));
        const auto value = trim(declaration.substr(colon + 1));
        const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
            return is_alnum(c) || std::string_view(" #%.,-").find(c) != std::string_view::npos;
        });
        if (!contains(properties, name) || !plain || value.empty()) continue;
        if (!out.empty()) out += "; ";
        out += name + ": " + std::string(value);
    }
    return out;
}

class writer {
  public:
    void take(const html_token& token) {
        if (token.what == html_token::kind::text) add_text(token.text);
        if (token.what == html_token::kind::open) open(token);
        if (token.what == html_token::kind::close) close(allowed_name(token.name));
    }

    safe_html finish() {
        while (!open_.empty()) close(open_.back());
        while (!out_.text.empty() && (out_.text.back() == '\n' || out_.text.back() == ' '))
            out_.text.pop_back();
        if (!marked_up_) out_.xhtml.clear();
        return std::move(out_);
    }

  private:
    // HTML's rule for white space: a run of it is one space, none at the begin of a line.
    void add_text(std::string_view text) {
        for (char c : to_xml_text(text)) {
            const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
            const bool after_blank = out_.text.empty() || out_.text.back() == ' ' || out_.text.back() == '\n';
            if (blank && after_blank) continue;
            const char shown = blank ? ' ' : c;
            out_.text.push_back(shown);
            out_.xhtml += escape_markup(std::string_view(&shown, 1));
        }
    }

    void new_line() {
        while (!out_.text.empty() && out_.text.back() == ' ') out_.text.pop_back();
        if (!out_.text.empty() && out_.text.back() != '\n') out_.text.push_back('\n');
    }

    void open(const html_token& token) {
        if (token.name == "img") return add_alternative(token);
        const auto name = allowed_name(token.name);
        if (name == "br") {
            out_.text.push_back('\n');
            out_.xhtml += "<br/>";
            marked_up_ = true;
            return;
        }
        if (name.empty() || open_.size() >= max_depth) return;
        if (is_block(name)) new_line();
        // A paragraph or list item ends its elder when that was left open.
        if ((name == "p" || name == "li") && !open_.empty() && open_.back() == name) close(name);
        out_.xhtml += "<" + std::string(name);
        add_attributes(token, name);
        out_.xhtml += token.empty_element ? "/>" : ">";
        marked_up_ = true;
        if (!token.empty_element) open_.push_back(name);
    }

    void add_attributes(const html_token& token, std::string_view name) {
        bool link = false, styled = false;
        for (const auto& [key, value] : token.attributes) {
            if (key == "href" && name == "a" && !link && is_safe_link(value)) {
                out_.xhtml += " href=\"" + escape_markup(to_xml_text(value)) + "\"";
                link = true;
            }
            if (key != "style" || styled) continue;
            const auto style = safe_style(value);
            if (!style.empty()) out_.xhtml += " style=\"" + style + "\"";
            styled = !style.empty();
        }
    }

    void add_alternative(const html_token& token) {
        for (const auto& [key, value] : token.attributes)
            if (key == "alt") return add_text(value);
    }

    // Closes the youngest open element of that name and everything inside it; nothing when there is none.
    void close(std::string_view name) {
        if (name.empty() || std::find(open_.begin(), open_.end(), name) == open_.end()) return;
        std::string_view closed;
        do {
            closed = open_.back();
            open_.pop_back();
            out_.xhtml += "</" + std::string(closed) + ">";
            if (is_block(closed)) new_line();
        } while (closed != name);
    }

    safe_html out_;
    std::vector<std::string_view> open_;
    bool marked_up_ = false;
};

}  // namespace

std::string escape_markup(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\t':
                out += "&#9;";
                break;
            case '\n':
                out += "&#10;";
                break;
            case '\r':
                out += "&#13;";
                break;
            default:
                out.push_back(c);
        }
    }
    return out;
}

safe_html sanitise_html(std::string_view html) {
    const std::string valid = to_xml_text(utf8_prefix(html, max_input));
    html_scanner scanner(valid);
    writer out;
    for (auto token = scanner.next(); token.what != html_token::kind::end; token = scanner.next())
        out.take(token);
    return out.finish();
}

}  // namespace stox::interwork
