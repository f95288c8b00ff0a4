// SPDX-License-Identifier: Apache-2.0
// Stanzas as servers send them, for the stanza benchmarks.
#pragma once

#include <string_view>

namespace stox::bench {

inline constexpr std::string_view stream_header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
    "xmlns:stream='http://etherx.jabber.org/streams' from='xmpp.test' to='sip.test' id='1' version='1.0'>";

// A chat message as a current client writes it.
inline constexpr std::string_view chat =
    "<message type='chat' id='6c8b6a3e-3b64-4d0e-9f1c-7a3c4f7d0b11' from='romeo@xmpp.test/gajim.7QX2' "
    "to='juliet@sip.test' xml:lang='en'><body>Wherefore art thou? It&apos;s 5 &lt; 6 here.</body>"
    "<origin-id xmlns='urn:xmpp:sid:0' id='6c8b6a3e-3b64-4d0e-9f1c-7a3c4f7d0b11'/>"
    "<request xmlns='urn:xmpp:receipts'/><active xmlns='http://jabber.org/protocol/chatstates'/></message>";

// A request of a server that looks around.
inline constexpr std::string_view disco =
    "<iq type='get' id='8fd7a3' from='xmpp.test' to='sip.test'>"
    "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>";

}  // namespace stox::bench
