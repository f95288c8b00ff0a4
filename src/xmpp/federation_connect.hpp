// SPDX-License-Identifier: Apache-2.0
// Which of a server's addresses answers: attempts in the order of the targets, each started when the one
// before failed or has not succeeded for a while (RFC 8305 section 5, for SRV targets as well as addresses).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/byte_stream.hpp"
#include "xmpp/federation.hpp"

namespace stox::xmpp {

/// Opens the transport to one target; throws when that fails.
using connector = std::function<awaitable<net::stream_ptr>(server_target)>;

struct connected {
    net::stream_ptr transport;        // null: none could be connected
    server_target target;             // whose transport it is
    std::vector<server_target> left;  // those that did not fail, in order; worth trying next
    std::string words;                // why the last one failed
};

/// `stagger`: how long an attempt is alone before the next one joins it. The attempts that are under way when
/// one succeeds are cancelled. Ends when `connect` has for all. On cancel: throws.
awaitable<connected> connect_first(std::vector<server_target> targets, milliseconds stagger,
                                   connector connect);

}  // namespace stox::xmpp
