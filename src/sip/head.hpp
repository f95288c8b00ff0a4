// SPDX-License-Identifier: Apache-2.0
// The one scanner of the head of a SIP message (start line, header fields, empty line; RFC 3261 section 7).
// The stream framer and the parser both call it, so that they cannot differ about where a message ends.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "sip/message.hpp"

namespace stox::sip {

inline constexpr std::size_t max_header_fields = 256;
inline constexpr std::size_t max_head_bytes = 32 * 1024;  // start line and header fields with the empty line

/// Where the head that starts at byte 0 ends: the first byte behind its empty line; nullopt when there is
/// none yet. Lone LFs count as line ends here (and are faults in read_head), so that nothing hides behind
/// them. `scanned` remembers how far was searched between calls with growing input; start with 0.
std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned);

struct raw_field {
    std::string_view name;   // as received
    std::string_view value;  // trimmed; folds are still in it
};

struct head {
    std::string_view start_line;
    std::vector<raw_field> fields;  // the readable ones
    std::optional<defect> fault;    // the first thing wrong with the lines
};

/// Splits a head into its lines. Faults: a line that does not end in CRLF, CR inside a line, a name
/// that is no token, no colon, a continuation of nothing or of nothing but blanks, more than
/// max_header_fields.
head read_head(std::string_view bytes);

struct body_length {
    std::optional<std::size_t> bytes;  // absent when there is no Content-Length
    std::optional<defect> fault;       // not a number, out of range, or given twice
};

/// RFC 3261 sections 7.3.1 and 20.14; digits only, below 2^32, once: of two, even equal ones, another reader
/// may see one.
body_length read_content_length(const head& h);

}  // namespace stox::sip
