// SPDX-License-Identifier: Apache-2.0
// The one encoder for the few elements that stream negotiation writes itself (stream headers are start tags
// without an end, which a tree cannot print). Every value is escaped here.
#pragma once

#include <string>
#include <string_view>

namespace stox::xmpp::stream {

/// Character data and attribute values: the five XML characters and line breaks as references.
std::string escaped(std::string_view text);

class tag {
  public:
    explicit tag(std::string_view name) : bytes_("<"), name_(name) { bytes_ += name; }

    /// Adds name='value', escaped.
    tag& attribute(std::string_view name, std::string_view value);
    /// Adds it only when the value is not empty.
    tag& optional(std::string_view name, std::string_view value);

    /// "<name ...>"
    std::string start() const { return bytes_ + ">"; }
    /// "<name .../>"
    std::string empty() const { return bytes_ + "/>"; }
    /// "<name ...>text</name>", the text escaped.
    std::string with_text(std::string_view text) const;
    /// "<name ...>children</name>", children being finished elements.
    std::string with_children(std::string_view children) const;

  private:
    std::string bytes_, name_;
};

}  // namespace stox::xmpp::stream
