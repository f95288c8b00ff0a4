// SPDX-License-Identifier: Apache-2.0
// The tree that stox reads and writes: pugixml nodes in one canonical form. A node's name is its local name
// (never a peer's prefix); its namespace stands in an "xmlns" attribute wherever it differs from the
// parent's. Of prefixed attributes only xml:lang (and xml:*) is kept. Only xml/reader.cpp turns bytes into
// trees.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace stox::xml {

using element = pugi::xml_node;
using document = pugi::xml_document;

/// The namespace in force at `e`; `outer` is what holds above the root (the stream's default namespace).
std::string_view namespace_of(element e, std::string_view outer = {});

/// Whether `e` is the element {ns}name.
bool is(element e, std::string_view ns, std::string_view name);

/// The first child element {ns}name; an empty node when there is none.
element child(element parent, std::string_view ns, std::string_view name);

/// All character data directly inside `e`, joined.
std::string text_of(element e);

/// An attribute's value, "" when absent.
std::string_view attribute(element e, const char* name);

/// Adds a child {ns}name; the xmlns attribute is written only when the parent's namespace differs.
element add_child(element parent, std::string_view ns, std::string_view name);
/// Appends character data. `text` must be valid XML text (base/utf8.hpp to_xml_text) or the result is made
/// so.
void add_text(element e, std::string_view text);
void set_attribute(element e, const char* name, std::string_view value);

/// Serialised without declaration or white space; CR, LF and TAB in values as character references, so that
/// they survive. `outer` is the default namespace in force where the bytes will stand (its xmlns is left out
/// on the root).
std::string to_bytes(element e, std::string_view outer = {});

}  // namespace stox::xml
