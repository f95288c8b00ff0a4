// SPDX-License-Identifier: Apache-2.0
// Owns one expat parser set up as every parser of stox is: namespaces on, UTF-8 only, tokens reported as soon
// as they are complete, and the reason of an error as a stream error condition (RFC 6120 section 4.9.3).
#pragma once

#include <expat.h>

#include <memory>
#include <string>

#include "xml/reader.hpp"

namespace stox::xml {

class expat_parser {
  public:
    /// `user` is handed to every callback.
    explicit expat_parser(void* user);

    XML_Parser get() const { return parser_.get(); }
    /// Offset, from this parser's first byte, just behind the event that is being reported.
    std::size_t event_end() const;
    /// The name in the start tag that is being reported as its sender wrote it, prefix included.
    std::string raw_tag_name() const;
    /// What expat's last error means to the peer; `token` is the offset just behind the last reported event.
    stream_fault fault(std::size_t token) const;

  private:
    bool is_declaration(std::size_t token) const;

    struct free_parser {
        void operator()(XML_Parser p) const { XML_ParserFree(p); }
    };
    std::unique_ptr<XML_ParserStruct, free_parser> parser_;
};

}  // namespace stox::xml
