// SPDX-License-Identifier: Apache-2.0
// What one request was asked for on its way and has answered so far (RFC 3261 sections 22.2 and 22.3): each
// proxy may ask for credentials of its own realm, and all of them stay in the request. Pure, but for the
// random cnonce.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "sip/auth/digest.hpp"

namespace stox::sip {

class challenge_answers {
  public:
    using passwords = std::function<std::optional<credentials>(std::string_view realm)>;

    /// Puts the answers to the challenges of a 401 or 407 into `request`, and those given before with a new
    /// count. False, and nothing changed: nothing new can be said. That is so without a password, when one
    /// was refused (asked again, and not because the nonce is stale), and after four rounds.
    bool answer(message& request, const message& response, const passwords& known);

  private:
    struct answered {
        challenge asked;
        credentials who;
        std::uint32_t uses = 0;
    };
    bool take(challenge asked, const passwords& known);

    std::vector<answered> given_;   // one per realm, and apart for proxies
    std::set<std::string> nonces_;  // with their realms
    int rounds_ = 0;
};

}  // namespace stox::sip
