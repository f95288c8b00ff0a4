// SPDX-License-Identifier: Apache-2.0
// JSON lines of the daemon as text for people. Everything shown was in a stranger's hands: control characters
// never reach the terminal.
#pragma once

#include <string>
#include <string_view>

namespace stox::cli {

/// Whether a line is the last one of an answer, and how it ended.
struct closing {
    bool ended = false, failed = false;
    std::string words;  // of a failure
};
closing closing_of(std::string_view line);

/// The text with C0 and C1 controls, DEL and malformed UTF-8 replaced by U+FFFD; TAB becomes a space.
std::string harmless(std::string_view text);

/// Prints the events of a trace one a line: time, leg, direction, peer, summary; a heading when the day or
/// the conversation changes.
class trace_printer {
  public:
    explicit trace_printer(bool with_text) : with_text_(with_text) {}
    std::string print(std::string_view line);

  private:
    bool with_text_;
    std::string day_, conversation_;
    bool first_ = true;
};

/// "ok       SIP to XMPP  words"; sets `problem` when something is missing.
std::string print_finding(std::string_view line, bool& problem);
/// Column titles, and a row of them.
std::string sessions_title();
std::string print_session(std::string_view line);
/// Any JSON object as an indented outline.
std::string print_outline(std::string_view line);
/// The member "text" as it is (metrics, reload).
std::string print_text(std::string_view line);

}  // namespace stox::cli
