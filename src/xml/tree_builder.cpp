// SPDX-License-Identifier: Apache-2.0
#include "xml/tree_builder.hpp"

#include <cstring>

namespace stox::xml {
namespace {

constexpr std::string_view xml_namespace = "http://www.w3.org/XML/1998/namespace";

// Expat expands and hashes the URI again for every prefixed name, so that a long one times many names would
// take quadratic time. Real namespace names stay below 100 bytes.
constexpr std::size_t max_namespace_bytes = 512;

}  // namespace

expanded_name split_name(const char* reported) {
    const char* separator = std::strchr(reported, ns_separator);
    if (separator == nullptr) return {{}, reported};
    return {{reported, static_cast<std::size_t>(separator - reported)}, separator + 1};
}

bool tree_builder::refuse(const char* words) {
    words_ = words;
    return false;
}

bool tree_builder::declaration(std::string_view prefix, std::string_view uri) {
    ++declarations_;
    if (prefix.size() > max_namespace_bytes || uri.size() > max_namespace_bytes)
        return refuse("a namespace name is too long");
    if (declarations_ > limits_.attributes) return refuse("too many namespace declarations in one element");
    return true;
}

bool tree_builder::start(const char* reported_name, const char** attributes) {
    if (namespaces_.empty()) clear(false);
    holds_memory_ = true;
    flush_text();
    if (namespaces_.size() >= limits_.depth) return refuse("elements are nested too deeply");
    if (++elements_ > limits_.elements) return refuse("too many elements in one stanza");
    const auto name = split_name(reported_name);
    element parent = namespaces_.empty() ? element(document_) : current_;
    current_ = parent.append_child(name.local);
    say_namespace(current_, name.ns);
    return add_attributes(current_, attributes);
}

void tree_builder::say_namespace(element e, std::string_view ns) {
    const bool is_root = namespaces_.empty();
    const std::string_view outer = is_root ? std::string_view() : namespaces_.back();
    const bool said = ns != outer || (is_root && in_stream_);
    const char* kept = is_root ? "" : namespaces_.back();
    if (said) {
        auto a = e.append_attribute("xmlns");
        a.set_value(std::string(ns).c_str());
        kept = a.value();
    }
    namespaces_.push_back(kept);
}

bool tree_builder::add_attributes(element e, const char** attributes) {
    std::size_t count = declarations_;
    declarations_ = 0;
    for (; *attributes != nullptr; attributes += 2) {
        if (++count > limits_.attributes) return refuse("too many attributes in one element");
        if (++attributes_ > 2 * limits_.elements) return refuse("too many attributes in one stanza");
        const auto name = split_name(attributes[0]);
        if (name.ns.empty())
            e.append_attribute(name.local).set_value(attributes[1]);
        else if (name.ns == xml_namespace)
            e.append_attribute((std::string("xml:") + name.local).c_str()).set_value(attributes[1]);
    }
    return true;
}

bool tree_builder::end() {
    flush_text();
    current_ = current_.parent();
    namespaces_.pop_back();
    return namespaces_.empty();
}

void tree_builder::flush_text() {
    if (pending_text_.empty()) return;
    current_.append_child(pugi::node_pcdata).set_value(pending_text_.c_str());
    constexpr std::size_t keep = 4096;
    if (pending_text_.capacity() > keep) std::string().swap(pending_text_);
    pending_text_.clear();
}

void tree_builder::clear(bool release) {
    if (release) {
        document_.reset();
        holds_memory_ = false;
    } else {
        document_.remove_children();
    }
    current_ = {};
    namespaces_.clear();
    pending_text_.clear();
    elements_ = attributes_ = 0;
}

}  // namespace stox::xml
