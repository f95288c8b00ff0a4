// SPDX-License-Identifier: Apache-2.0
// Structured log lines: an event name and key=value fields, asynchronous and bounded; what is dropped is
// counted and said. Levels: error = the operator must act, warn = a peer broke a rule, info = begin and end
// of things, debug = state transitions. Under systemd lines go to the journal with their priority, else to
// standard error. Fields use the same keys everywhere: cid (conversation), peer, domain, call_id, from, to,
// reason.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace stox::log {

enum class level { debug, info, warn, error };

struct field {
    std::string_view key;
    std::string_view value;
};
using fields = std::initializer_list<field>;

/// Starts the writer thread; call once in main. Before that, lines go straight to standard error.
void start(level least);
/// Writes out what is queued and stops the writer thread.
void stop();
void set_level(level least);
bool enabled(level l);

void write(level l, std::string_view event, fields f);
inline void debug(std::string_view event, fields f = {}) {
    if (enabled(level::debug)) write(level::debug, event, f);
}
inline void info(std::string_view event, fields f = {}) { write(level::info, event, f); }
inline void warn(std::string_view event, fields f = {}) { write(level::warn, event, f); }
inline void error(std::string_view event, fields f = {}) { write(level::error, event, f); }

/// Whether JOURNAL_STREAM's value names this device and inode.
bool names_stream(std::string_view variable, std::uint64_t device, std::uint64_t inode);

}  // namespace stox::log
