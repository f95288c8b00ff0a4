// SPDX-License-Identifier: Apache-2.0
// Entity capabilities (XEP-0115): a hash that stands for a disco#info answer.
#pragma once

#include <optional>
#include <string>

#include "xmpp/xep/0030_disco.hpp"

namespace stox::xmpp::xep {

inline constexpr const char* ns_caps = "http://jabber.org/protocol/caps";

/// The verification string with SHA-1 (section 5.1); nullopt when the answer is ill-formed (section 5.4: an
/// identity, feature or form twice), so that it proves nothing.
std::optional<std::string> caps_ver(const disco_info& info);

/// "node#ver": the disco node under which `info` is asked for by those who saw its hash.
std::string caps_node_of(const disco_info& info);

/// The <c/> element for presence or stream features, serialised.
std::string caps_element(const disco_info& info);

void register_caps(disco& registry);

}  // namespace stox::xmpp::xep
