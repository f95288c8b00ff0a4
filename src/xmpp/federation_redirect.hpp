// SPDX-License-Identifier: Apache-2.0
// Where a see-other-host error may lead (RFC 6120 section 4.9.3.19). Whoever answers at the address that we
// connected to chooses it, before we know who that is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.hpp"

namespace stox::xmpp {

struct other_host {
    std::string host;                   // an A-label domain or an IP literal without brackets
    std::optional<std::uint16_t> port;  // none: as section 3.2 finds it
};

/// "domainpart" or "domainpart:port", IPv6 in brackets; nullopt for anything else.
std::optional<other_host> parse_other_host(std::string_view text);

/// Whether to connect to `candidate` because `told_by` says so: no place of this host (`own`), none that is
/// special, and no private network that `told_by` is not itself in.
bool may_follow(const net::ip_address& candidate, const net::ip_address& told_by,
                const std::vector<net::ip_address>& own);

}  // namespace stox::xmpp
