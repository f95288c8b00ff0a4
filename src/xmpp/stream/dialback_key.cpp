// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/dialback_key.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace stox::xmpp::stream {

std::string dialback_key(std::string_view secret, std::string_view receiving, std::string_view originating,
                         std::string_view stream_id) {
    const std::string hashed_secret = to_hex(digest(hash::sha256, secret));  // the hex text is the key
    std::string text(receiving);
    text.append(1, ' ').append(originating).append(1, ' ').append(stream_id);
    return to_hex(hmac_sha256(hashed_secret, text));
}

}  // namespace stox::xmpp::stream
