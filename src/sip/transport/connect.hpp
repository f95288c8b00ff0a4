// SPDX-License-Identifier: Apache-2.0
// Opening a TCP or TLS connection to one target and judging the certificate (RFC 5922 section 7).
#pragma once

#include <string>

#include "net/byte_stream.hpp"
#include "net/tls.hpp"
#include "runtime/awaitable.hpp"
#include "sip/transport/target.hpp"

namespace stox::sip {

enum class reach_failure {
    none,
    unreachable,  // refused, no route, no answer
    untrusted,    // TLS: the certificate is not valid or not for that name
    tls,          // the handshake failed
    no_socket,    // we have no listener of that kind or family, or too many connections
};

struct opened_stream {
    net::stream_ptr stream;  // null on failure
    reach_failure why = reach_failure::none;
    std::string words;
};

/// Ends within 13 s. Throws only when cancelled.
awaitable<opened_stream> open_stream(target to, const net::certificate_store& certificates,
                                     std::string own_domain);

/// Whether the peer proved to be `name` to us.
bool vouches_for(const net::tls_peer* peer, std::string_view name);

}  // namespace stox::sip
