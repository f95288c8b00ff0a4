// SPDX-License-Identifier: Apache-2.0
// Delayed delivery (XEP-0203): when a stanza was first sent.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "xml/element.hpp"

namespace stox::xmpp::xep {

struct delay {
    wall_time stamp;
    std::string from;  // who delayed it, "" = not said
};

/// The stanza's <delay/>; nullopt when there is none or its stamp is not a time.
std::optional<delay> read_delay(xml::element stanza);

void add_delay(xml::element stanza, const delay& d);

}  // namespace stox::xmpp::xep
