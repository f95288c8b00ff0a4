#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# stoxd is nobody's relay: every way to reach a third party through it is refused, and the third party sees no packet.
. "$(dirname "$0")/harness.sh"
setup prosody
stoxd_start
sip_serve
# The third party: foreign.test leads to sipb. All that reaches it from the gateway is recorded.
bg third sipb "$CLIENTS/sipua.py" serve --listen "udp:$(ip4 sipb):5060" --listen "tcp:$(ip4 sipb):5060" --log "$LAB_RUN/third.jsonl"
wait_udp sipb 5060
ip netns exec "$(ns sipb)" iptables -A INPUT -s "$(ip4 gw)" -p udp --dport 5060 || true
ip netns exec "$(ns sipb)" iptables -A INPUT -s "$(ip4 gw)" -p tcp --dport 5060:5061 || true

refused() { # refused TEXT FROM TO [ARG...]: any of the refusals
  local text=$1; shift
  check "$text" sip_send "$@" --body relay --timeout 12 --expect 400,403,404,416,482,483,501
}
me=sip:bob@ua.test
refused "to a third domain" $me sip:x@foreign.test
refused "from a third domain, unproved" sip:x@foreign.test sip:alice@xmpp.test
refused "from a domain of the other side" sip:alice@xmpp.test sip:alice@xmpp.test
refused "from our own host name" sip:x@gw.gw.test sip:alice@xmpp.test
refused "user%domain@gateway" $me 'sip:x%40foreign.test@gw.gw.test'
refused "user%domain@served" $me 'sip:x%40foreign.test@both.test'
refused "Request-URI with maddr" $me sip:x@foreign.test --ruri "sip:x@foreign.test;maddr=$(ip4 sipb)"
refused "Route to elsewhere" $me sip:x@foreign.test --header "Route: <sip:$(ip4 sipb);lr>"
refused "our own address, somebody else's user" $me "sip:x@$(ip4 gw)"
refused "an address as target" $me "sip:x@$(ip4 sipb)"
refused "loopback as target" $me sip:x@127.0.0.1
refused "escaped @ twice" $me 'sip:x%2540foreign.test@gw.gw.test'
refused "tel: URI" $me tel:+15551234
refused "Max-Forwards 0 is not sent on" $me sip:x@foreign.test --header 'Max-Forwards: 0'
SIP_HOST=xb refused "a proved domain from an unproved address" $me sip:alice@xmpp.test
for method in REGISTER PUBLISH SUBSCRIBE REFER INFO INVITE; do
  check "$method is not served" sip_send $me sip:x@foreign.test --method $method --timeout 8 --expect 400,403,404,405,489,501
done

s2s() { # s2s TEXT STANZA WANT: on a stream authenticated as peer.test for ua.test
  check "$1" ip netns exec "$(ns xb)" "$CLIENTS/s2s.py" --target "$(ip4 gw)" --from peer.test --to ua.test \
    --cert "$LAB_RUN/tls/peer.test.pem" --stanza "$2" --expect "$3"
}
s2s "XMPP: to a third domain" "<message from='u@peer.test' to='x@foreign.test'><body>r</body></message>" 'host-unknown'
s2s "XMPP: from a third domain" "<message from='u@foreign.test' to='bob@ua.test'><body>r</body></message>" 'invalid-from'
s2s "XMPP: from a served domain" "<message from='bob@ua.test' to='bob@ua.test'><body>r</body></message>" 'invalid-from'
bounced() { # bounced TEXT TO: Alice is told
  check "$1" xmpp alice@xmpp.test/a "send to=\"$2\" body=relay id=r1" 'expect-error id=r1 timeout=20'
}
bounced "XMPP: x\\40foreign.test at the gateway's name" 'x\\40foreign.test@gw.gw.test'
bounced "XMPP: an address escaped twice" 'x\\5c40foreign.test@gw.gw.test'
bounced "XMPP: a host name smuggled into the user" 'x%foreign.test@both.test'

sleep 1
check "the third party saw no request" not grep -q '"ev": "request"' "$LAB_RUN/third.jsonl"
packets=$(ip netns exec "$(ns sipb)" iptables -nvxL INPUT 2>/dev/null | awk 'NR>2 {n += $1} END {print n + 0}')
check "and no packet or connection from the gateway ($packets)" test "$packets" -eq 0
check "nor did Alice see any of it" not grep -rqs '"body": "relay"' "$RUN"/xmpp-*.log
finish
