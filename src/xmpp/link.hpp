// SPDX-License-Identifier: Apache-2.0
// What the rest of stox sees of XMPP connections: federation (s2s streams) and external components (XEP-0114)
// are two kinds of link. A link takes stanzas for domains and hands up the stanzas that arrive.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "runtime/awaitable.hpp"
#include "xml/element.hpp"
#include "xmpp/jid.hpp"
#include "xmpp/stanza_error.hpp"

namespace stox::xmpp {

/// A stanza on its way out: one complete <message/>, <presence/> or <iq/> without namespace prefix or xmlns,
/// from and to set.
struct outgoing_stanza {
    jid from, to;
    std::string bytes;
};

/// A stanza that arrived on an authenticated stream, which is allowed to carry it from the domain of `from`
/// to that of `to`. Of an address with an invalid local or resource part only the domain is there; the router
/// refuses such stanzas (RFC 6120 section 8.3.3.8).
struct incoming_stanza {
    jid from, to;
    xml::element tree;    // valid only until the handler first suspends: copy what is needed
    std::string_view ns;  // content namespace of the stream ("jabber:server", "jabber:component:accept")
    bool via_component = false;
};

/// Awaited by the stream's reader before it reads on, so it must return soon: what takes time is spawned
/// elsewhere.
using stanza_handler = std::function<awaitable<void>(const incoming_stanza&)>;

/// Awaits the handler, when there is one. What it throws is logged and goes no further, but for a cancel: one
/// stanza that broke something of ours must not cost all others their stream.
awaitable<void> hand_up(const stanza_handler& handler, const incoming_stanza& stanza);

class link {
  public:
    virtual ~link() = default;

    /// Sends and waits until the stanza was taken: acknowledged by stream management (XEP-0198), else an iq
    /// ping sent behind it on the same stream was answered. Nothing = taken; an error says truthfully why not
    /// (remote-server-not-found: no such domain; remote-server-timeout: DNS or connection failed;
    /// not-authorized...). Order per (from domain, to domain) is kept. Ends within `limit`. On cancel:
    /// throws; the stanza may have left.
    virtual awaitable<std::optional<stanza_error>> send(outgoing_stanza stanza, milliseconds limit) = 0;

    /// Queues without waiting for the outcome (errors, iq results, presence). Worth sending for 60 s, over
    /// lost streams and failed attempts; iq results may be lost with a stream that has no stream management.
    /// False when the queue is full or the link has ended.
    virtual bool post(outgoing_stanza stanza) = 0;
};

}  // namespace stox::xmpp
