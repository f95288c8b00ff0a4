// SPDX-License-Identifier: Apache-2.0
// External component of an XMPP server (XEP-0114), reconnecting with back-off.
#pragma once

#include <memory>
#include <string>

#include "dns/resolver.hpp"
#include "xmpp/federation.hpp"
#include "xmpp/link.hpp"

namespace stox::xmpp {

struct component_options {
    std::string host;  // server address or name
    std::uint16_t port = 5347;
    std::string domain, secret;
    std::string server_domain;  // one that the server itself answers pings for; empty: `domain`
    std::size_t queue_stanzas = 1000;
};

class component : public link {
  public:
    /// Keeps the connection up until cancelled.
    virtual awaitable<void> run() = 0;
    virtual void on_stanza(stanza_handler handler) = 0;
    virtual bool connected() const = 0;
    virtual void set_tap(tap* t) = 0;
};

std::unique_ptr<component> make_component(executor ex, component_options options, dns::resolver& resolver);

}  // namespace stox::xmpp
