// SPDX-License-Identifier: Apache-2.0
// Keys of server dialback (XEP-0185): made from a secret instead of being remembered, so that any process
// that knows the secret can verify them.
#pragma once

#include <string>
#include <string_view>

namespace stox::xmpp::stream {

/// The key by which `originating` proves itself to `receiving` on the stream that the receiver named
/// `stream_id` (XEP-0185 section 2): lower-case hex, 64 characters.
std::string dialback_key(std::string_view secret, std::string_view receiving, std::string_view originating,
                         std::string_view stream_id);

}  // namespace stox::xmpp::stream
