// SPDX-License-Identifier: Apache-2.0
// HTML of any quality to the safe subset of XHTML-IM (XEP-0071 section 7.8) and to plain text. A tolerant
// tokenizer with a bounded stack of open elements writes well-formed output from a list of allowed elements,
// attributes, style properties and link schemes; everything else falls away, its text stays. Images become
// their alternative text: a remote image would tell the sender when it was read.
#pragma once

#include <string>
#include <string_view>

namespace stox::interwork {

struct safe_html {
    std::string xhtml;  // content of an XHTML <body/>, well-formed; "" when nothing but text was left
    std::string text;   // the same as plain text
};

/// Reads at most 256 kB; time is linear in the input. UTF-8 in (bad bytes are replaced).
safe_html sanitise_html(std::string_view html);

/// Character data with & < > " as references, fit for element content and attribute values.
std::string escape_markup(std::string_view text);

}  // namespace stox::interwork
