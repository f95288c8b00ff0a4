// SPDX-License-Identifier: Apache-2.0
// Turns expat's start, text and end events into one canonical tree (xml/element.hpp) at a time, and counts
// what the tree may hold. It judges no bytes: xml/reader.cpp does.
#pragma once

#include <string>
#include <vector>

#include "xml/reader.hpp"

namespace stox::xml {

/// Between namespace name and local name in what expat reports; no XML text can contain it.
constexpr char ns_separator = '\x01';

/// "uri SEP local" or "local" as expat reports it, taken apart.
struct expanded_name {
    std::string_view ns;
    const char* local;
};
expanded_name split_name(const char* reported);

class tree_builder {
  public:
    explicit tree_builder(document& into) : document_(into) {}

    void set_limits(const limits& l) { limits_ = l; }
    /// The root of a tree that stands inside a stream always says its namespace, even the empty one.
    void set_stream(bool inside) { in_stream_ = inside; }

    /// Each returns false when a limit is passed; limit_words() then says which.
    bool start(const char* reported_name, const char** attributes);
    void text(std::string_view piece) { pending_text_.append(piece); }
    /// True when this ended the tree's root.
    bool end();

    /// The namespace declarations of the element about to start count as attributes.
    bool declaration(std::string_view prefix, std::string_view uri);

    element root() const { return document_.first_child(); }
    bool open() const { return !namespaces_.empty(); }
    bool holds_memory() const { return holds_memory_; }
    const char* limit_words() const { return words_; }

    /// Empties the tree; with `release` its memory goes back too (a pugixml document keeps 32 kB else).
    void clear(bool release);

  private:
    bool refuse(const char* words);
    void flush_text();
    bool add_attributes(element e, const char** attributes);
    void say_namespace(element e, std::string_view ns);

    document& document_;
    limits limits_;
    element current_;
    std::vector<const char*> namespaces_;  // of the open elements, outermost first; point into the tree
    std::string pending_text_;
    std::size_t elements_ = 0;
    std::size_t attributes_ = 0;    // of the whole tree
    std::size_t declarations_ = 0;  // of the element about to start
    bool in_stream_ = true;
    bool holds_memory_ = false;
    const char* words_ = "";
};

}  // namespace stox::xml
