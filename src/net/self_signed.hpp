// SPDX-License-Identifier: Apache-2.0
// Internal to net: certificates that stox makes itself for domains without one (enough for opportunistic TLS
// and dialback, never for proof).
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.hpp"
#include "net/certificate_pair.hpp"

namespace stox::net {

/// An ECDSA P-256 key and a certificate for `domain` (dNSName), good for ten years from a day ago.
result<certificate_pair> make_self_signed(std::string_view domain);

/// The pair kept in `directory` for `domain`; made and kept there (mode 0600) when there is none that can be
/// used. "" keeps nothing. A directory that cannot be written costs only the lasting fingerprint.
result<certificate_pair> kept_self_signed(const std::filesystem::path& directory, std::string_view domain);

}  // namespace stox::net
