// SPDX-License-Identifier: Apache-2.0
// Stanza errors (RFC 6120 section 8.3) as a value, read from and written into stanzas.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xml/element.hpp"

namespace stox::xmpp {

struct stanza_error {
    std::string condition;  // "item-not-found", ... of RFC 6120 section 8.3.3
    std::string type;       // auth cancel continue modify wait
    std::string text;       // words for a person, may be empty
    std::string by;         // who generated it, "" = the addressee
    std::string uri;        // content of <gone/> and <redirect/>

    /// With the condition's default type of RFC 6120 section 8.3.3.
    static stanza_error of(std::string_view condition, std::string_view text = {});
};

/// The error inside a type='error' stanza; undefined-condition when it is not readable.
stanza_error read_error(xml::element stanza);

/// The bytes of the error answer to `stanza`: same kind and id, addresses swapped, the payload left out,
/// nothing when the stanza is itself an error or an iq result (errors never answer errors).
std::optional<std::string> error_reply(xml::element stanza, const stanza_error& error);

}  // namespace stox::xmpp
