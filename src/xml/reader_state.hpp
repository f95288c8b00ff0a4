// SPDX-License-Identifier: Apache-2.0
// Feeds expat within the byte limits and turns its events into trees, faults and callbacks. The limits hold
// before expat sees a byte: it never buffers more than one stanza's allowance. See expat_parser.cpp for
// errors and tree_builder.cpp for the tree.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "xml/expat_parser.hpp"
#include "xml/reader.hpp"
#include "xml/tree_builder.hpp"

namespace stox::xml {

class reader_state {
  public:
    // What is read: a stream of first-level children, or a single document.
    enum class shape { stream, single };

    reader_state(shape s, const limits& l, stream_reader::events e, document& into);

    std::optional<stream_fault> feed(std::string_view bytes);
    std::optional<stream_fault> resume();
    /// No more bytes follow; for shape::single.
    std::optional<stream_fault> finish();
    void set_limits(const limits& l);
    std::size_t stop();
    void pause() { paused_ = true; }
    bool paused() const { return paused_; }

  private:
    // What expat reports.
    void on_start(const char* name, const char** attributes);
    void on_end();
    void on_text(std::string_view text);
    void on_declaration(const char* prefix, const char* uri);
    void fail(const char* condition, std::string_view text);

    void make_parser();
    void renew_parser();
    void open_root(const char* name, const char** attributes);
    void remember_root(element root);
    void finish_stanza();
    std::size_t allowance() const;
    bool begins_as_utf16(std::string_view piece) const;
    std::size_t parse(std::string_view piece);
    void judge(XML_Status status);
    void run(std::string_view input);
    bool hold(std::string_view bytes) const;
    std::optional<stream_fault> outcome();
    bool over() const { return fault_ || stopped_ || closed_ || exception_; }

    /// Runs the reaction to an event; what it throws must not pass through expat's C frames.
    template <class F>
    void guarded(F f) {
        if (over()) return;
        token_ = parser_->event_end();
        try {
            f();
        } catch (...) {
            exception_ = std::current_exception();
        }
        if (over()) XML_StopParser(parser_->get(), XML_FALSE);
    }

    shape shape_;
    limits limits_;
    stream_reader::events events_;
    tree_builder builder_;
    std::unique_ptr<expat_parser> parser_;

    std::string root_tag_;      // start tag of the stream root, to open it again in a new parser
    std::string declarations_;  // while the root's start tag is read: its prefixes and namespaces
    std::string rest_;          // received, not yet given to the parser

    std::size_t fed_ = 0;          // bytes given to this parser
    std::size_t boundary_ = 0;     // offset in this parser where the present stanza's allowance begins
    std::size_t token_ = 0;        // offset in this parser just behind the last reported event
    std::size_t behind_ = 0;       // bytes of the current feed that the parser has not got yet
    std::size_t unfinished_ = 0;   // bytes of a token that is not complete yet
    std::size_t rescanned_ = 0;    // bytes that expat scanned again in this stanza
    std::size_t white_space_ = 0;  // between stanzas, since the last one
    std::size_t names_ = 0;        // names that expat may have remembered

    bool root_open_ = false;
    bool reopening_ = false;  // a new parser is being shown the old root
    bool stale_ = false;      // a new parser is wanted behind the present stanza
    bool renew_ = false;      // ... and this parser was stopped for it
    bool resuming_ = false;   // expat works on bytes that are no longer in hand
    bool suspended_ = false;  // expat waits for resume()
    bool paused_ = false;
    bool stopped_ = false;
    bool closed_ = false;
    std::optional<stream_fault> fault_;
    std::exception_ptr exception_;
};

}  // namespace stox::xml
