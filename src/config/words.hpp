// SPDX-License-Identifier: Apache-2.0
// The small languages inside values: domains, IP literals, next hops; and guessing what a misspelt key meant.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace stox::config {

/// Lower case A-labels without a trailing dot; nullopt for what is no domain name.
std::optional<std::string> to_domain(std::string_view text);

/// IPv4 or IPv6 literal, without brackets.
bool is_ip(std::string_view text);

/// "ip:port" or "[ip6]:port", port 1 to 65535.
bool is_ip_and_port(std::string_view text);

/// "host", "host:port", "[ip6]:port", an optional "sip:"/"sips:"/"xmpp:" in front and ";transport=..."
/// behind.
std::optional<next_hop> to_next_hop(std::string_view text, bool for_sip);
/// As to_next_hop reads it.
std::string to_text(const next_hop& hop);

/// The candidate that `word` most likely meant; "" when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace stox::config
