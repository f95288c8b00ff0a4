// SPDX-License-Identifier: Apache-2.0
// One place to send a request to, as RFC 3263 resolution gives it.
#pragma once

#include <string>

#include "net/address.hpp"
#include "sip/stack.hpp"

namespace stox::sip {

struct target {
    transport kind = transport::udp;
    net::socket_address address;
    std::string domain;  // what was asked for; TLS: SNI, and what the certificate must cover (RFC 5922)
    bool verify = true;  // TLS: false for a listed peer
    // A connection for answers whose own is gone: `domain` is what a Via said, which anybody can write, so it
    // is good for checking a certificate and proves nothing about the peer.
    bool for_response = false;

    bool operator==(const target&) const = default;
};

std::string to_string(const target& t);  // "tls 192.0.2.1:5061"

}  // namespace stox::sip
