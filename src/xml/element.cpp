// SPDX-License-Identifier: Apache-2.0
#include "xml/element.hpp"

#include <cstring>

#include "base/utf8.hpp"

namespace stox::xml {
namespace {

constexpr const char* xmlns = "xmlns";

void escape_char(std::string& out, char c, bool in_attribute) {
    switch (c) {
        case '&':
            out += "&amp;";
            return;
        case '<':
            out += "&lt;";
            return;
        case '>':
            out += "&gt;";
            return;  // also keeps "]]>" out of text
        case '\'':
            out += in_attribute ? "&apos;" : "'";
            return;
        case '\r':
            out += "&#13;";
            return;  // raw, line-end normalisation would make it LF (XML 2.11)
        case '\n':
            out += in_attribute ? "&#10;" : "\n";
            return;  // raw, it would become SP (XML 3.3.3)
        case '\t':
            out += in_attribute ? "&#9;" : "\t";
            return;
        default:
            out += static_cast<unsigned char>(c) < 0x20 ? "\xEF\xBF\xBD" : std::string_view(&c, 1);
    }
}

void escape(std::string& out, std::string_view text, bool in_attribute) {
    // Most text has nothing to escape: runs without special bytes are copied whole.
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '&' && c != '<' && c != '>' && c != '\'') continue;
        out.append(text.substr(done, i - done));
        escape_char(out, c, in_attribute);
        done = i + 1;
    }
    out.append(text.substr(done));
}

void write_attribute(std::string& out, std::string_view name, std::string_view value) {
    out += ' ';
    out += name;
    out += "='";
    escape(out, value, true);
    out += '\'';
}

void write_attributes(std::string& out, element e, std::string_view outer, bool root) {
    if (root) {
        const auto ns = namespace_of(e, outer);
        if (ns != outer) write_attribute(out, xmlns, ns);
    }
    for (const auto& a : e.attributes())
        if (!root || std::strcmp(a.name(), xmlns) != 0) write_attribute(out, a.name(), a.value());
}

void write(std::string& out, element e, std::string_view outer, bool root) {
    out += '<';
    out += e.name();
    write_attributes(out, e, outer, root);
    if (!e.first_child()) {
        out += "/>";
        return;
    }
    out += '>';
    for (const auto& c : e.children()) {
        if (c.type() == pugi::node_element)
            write(out, c, outer, false);
        else if (c.type() == pugi::node_pcdata || c.type() == pugi::node_cdata)
            escape(out, c.value(), false);
    }
    out += "</";
    out += e.name();
    out += '>';
}

}  // namespace

std::string_view namespace_of(element e, std::string_view outer) {
    for (; e; e = e.parent())
        if (const auto a = e.attribute(xmlns)) return a.value();
    return outer;
}

bool is(element e, std::string_view ns, std::string_view name) {
    return e.type() == pugi::node_element && name == e.name() && namespace_of(e) == ns;
}

element child(element parent, std::string_view ns, std::string_view name) {
    for (const auto& c : parent.children())
        if (is(c, ns, name)) return c;
    return {};
}

std::string text_of(element e) {
    std::string out;
    for (const auto& c : e.children())
        if (c.type() == pugi::node_pcdata || c.type() == pugi::node_cdata) out += c.value();
    return out;
}

std::string_view attribute(element e, const char* name) { return e.attribute(name).value(); }

element add_child(element parent, std::string_view ns, std::string_view name) {
    const bool inherits = namespace_of(parent) == ns;
    auto e = parent.append_child(std::string(name).c_str());
    if (!inherits) e.append_attribute(xmlns).set_value(std::string(ns).c_str());
    return e;
}

void add_text(element e, std::string_view text) {
    if (!text.empty()) e.append_child(pugi::node_pcdata).set_value(to_xml_text(text).c_str());
}

void set_attribute(element e, const char* name, std::string_view value) {
    auto a = e.attribute(name);
    if (!a) a = e.append_attribute(name);
    a.set_value(to_xml_text(value).c_str());
}

std::string to_bytes(element e, std::string_view outer) {
    std::string out;
    write(out, e, outer, true);
    return out;
}

}  // namespace stox::xml
