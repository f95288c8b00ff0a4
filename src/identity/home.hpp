// SPDX-License-Identifier: Apache-2.0
// A user's home address: the bare "user@domain" on the network where the account is, written as a JID,
// whichever form it wore on the way. It keys conversations, pairs and limits.
#pragma once

#include <string>

#include "identity/served.hpp"
#include "sip/uri.hpp"
#include "xmpp/jid.hpp"

namespace stox::identity {

/// Guest and component forms are undone. What has no JID form gives "user@host" as it stands, lower case.
std::string home_address(const xmpp::jid& address, const served_domains& served);
std::string home_address(const sip::uri& address, const served_domains& served);

}  // namespace stox::identity
