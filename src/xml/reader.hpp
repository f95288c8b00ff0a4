// SPDX-License-Identifier: Apache-2.0
// The XMPP stream reader: expat judges every byte (framing, well-formedness, UTF-8, namespaces) and its
// events build one stanza at a time in a scratch pugixml document. DTD, processing instructions, comments and
// custom entities are refused (RFC 6120 section 11.1). Throw the reader away at every stream restart
// (STARTTLS, SASL).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "xml/element.hpp"

namespace stox::xml {

struct limits {
    std::size_t stanza_bytes = 262'144;
    std::size_t depth = 64;
    std::size_t elements = 10'000;  // per stanza
    std::size_t attributes = 256;   // per element
};

/// A stream error condition of RFC 6120 section 4.9.3 and words for its <text/>.
struct stream_fault {
    std::string
        condition;  // "not-well-formed", "restricted-xml", "policy-violation", "invalid-namespace", ...
    std::string text;
};

class stream_reader {
  public:
    struct events {
        /// The stream root's start tag: an element without children; its attributes include "xmlns" (the
        /// content namespace as declared, "" if none). Namespace declarations with prefixes are listed as
        /// "xmlns:prefix".
        std::function<void(element root)> opened;
        /// One complete first-level child. The tree is reused after the call returns.
        std::function<void(element stanza)> stanza;
        /// The stream root's end tag.
        std::function<void()> closed;
    };

    stream_reader(limits l, events e);
    ~stream_reader();

    /// Feeds bytes as they came; any split gives the same events. After a fault nothing more is accepted.
    std::optional<stream_fault> feed(std::string_view bytes);

    /// After authentication larger stanzas are accepted.
    void set_limits(limits l);

    /// Callbacks may call this: feed() stops delivering after the current event (before a restart); returns
    /// how many bytes of the current feed lie behind it, which the caller must treat as not received.
    std::size_t stop();

    /// The `stanza` callback may call this so that its caller can await something before the next event:
    /// feed() or resume() returns after the current stanza, whose tree stays as it is until resume(). While
    /// paused() do not feed: resume() goes on with what was left and returns at the next pause or at the end.
    void pause();
    bool paused() const;
    std::optional<stream_fault> resume();

  private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Parses a whole small document (for message bodies such as PIDF and for tests) under the same rules.
std::optional<stream_fault> parse_document(std::string_view bytes, document& into, limits l = {});

}  // namespace stox::xml
