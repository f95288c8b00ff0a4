// SPDX-License-Identifier: Apache-2.0
// Digest authentication as a client (RFC 3261 section 22, RFC 7616, RFC 8760): a challenge and a password in,
// an Authorization value out. It stores nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/header/auth.hpp"
#include "sip/message.hpp"
#include "sip/stack.hpp"

namespace stox::sip {

/// What one response is computed from.
struct digest_input {
    std::string algorithm;  // "MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"
    std::string user, password, realm, nonce, method, uri;
    std::string qop;  // "auth" or "" (RFC 2069)
    std::string cnonce;
    std::uint32_t count = 1;  // nc
};
/// The `response` value in hex; nullopt for an unknown algorithm.
std::optional<std::string> digest_response(const digest_input& in);

/// One challenge, and where the answer goes.
struct challenge {
    auth_value value;
    bool proxy = false;  // Proxy-Authorization instead of Authorization
    std::string realm() const;
    std::string nonce() const;
    std::string_view answer_header() const { return proxy ? "Proxy-Authorization" : "Authorization"; }
};
/// Of a 401 or 407: for each realm the strongest challenge that can be answered (RFC 8760 section 2.4), in
/// the order in which the realms come. A 407 may bring those of several proxies (RFC 3261 section 22.3).
std::vector<challenge> strongest_challenges(const message& response);

/// The header value that answers `c`; `cnonce` is fresh random text, `count` how often its nonce is used with
/// this.
std::string credentials_for(const challenge& c, const credentials& who, std::string_view method,
                            std::string_view request_uri, std::string_view cnonce, std::uint32_t count = 1);

}  // namespace stox::sip
