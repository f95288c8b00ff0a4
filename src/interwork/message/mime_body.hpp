// SPDX-License-Identifier: Apache-2.0
// MIME bodies of page messages (RFC 2045, 2046; RFC 5621): content types, header blocks, multipart leaves,
// transfer encodings and charsets. Iterative and bounded: 8 levels, 64 parts. Tolerates bare LF line ends,
// which real peers mix.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace stox::interwork {

struct content_type {
    std::string type;                                             // "text/plain", lower case
    std::vector<std::pair<std::string, std::string>> parameters;  // names lower case

    static std::optional<content_type> parse(std::string_view text);
    std::string_view parameter(std::string_view name) const;  // "" when absent
};

/// Header fields of a MIME part or CPIM block, unfolded; names as written.
using mime_fields = std::vector<std::pair<std::string, std::string>>;
/// Reads fields up to and over the empty line; `rest` is what follows. Lines that are no field are skipped.
mime_fields read_fields(std::string_view& rest);
std::string_view field(const mime_fields& fields, std::string_view name);

struct mime_leaf {
    content_type type;
    std::string language;
    std::string transfer_encoding;  // lower case
    bool optional = false;          // Content-Disposition handling=optional (RFC 3204)
    std::size_t group = 0;          // outermost multipart/alternative above it, 0 = none
    std::size_t branch = 0;         // which of that group's alternatives it belongs to
    std::string_view body;
};

/// One leaf made of a part's header fields and its body.
mime_leaf leaf_of(const mime_fields& fields, std::string_view body);

/// Every leaf of `root` in order (itself when it is no multipart); an error past the limits or when a
/// multipart has no usable boundary.
result<std::vector<mime_leaf>> leaves_of(mime_leaf root);

/// The leaf's text as UTF-8 that XML can carry, line ends LF; nullopt when its charset or transfer encoding
/// is not known. Bytes outside of the charset become U+FFFD.
std::optional<std::string> text_of_leaf(const mime_leaf& leaf);

}  // namespace stox::interwork
