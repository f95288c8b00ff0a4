#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prosody behind SRV targets that are black holes, a dead IPv6 address and a silent server: a message still finds it
# while its sender waits (RFC 6120 section 3.2, RFC 8305; F18).
. "$(dirname "$0")/harness.sh"
rest="hosts xmpp-face ejab ejab-face sip sip-face ua ua-face negative"
export LAB_ZONES="xmpp-dead-targets $rest"
setup prosody
# The neighbours are "known", so that nothing says unreachable: packets go nowhere.
for address in "$LAB_NET.250" "$LAB_NET6::fa"; do
  ip -n "$(ns gw)" neigh replace "$address" lladdr 02:00:00:00:00:fa dev eth0 nud permanent
done
stoxd_start
sip_serve
xmpp_start alice alice@xmpp.test/a 'expect body=^past-holes$' 'send to=bob@ua.test body=answer'
check "past a black hole and a dead IPv6 address" \
  sip_send sip:bob@ua.test sip:alice@xmpp.test --body past-holes --timeout 10
check "Alice got it" xmpp_wait alice
check "and her answer crossed" sip_got body='^answer$'
stoxd_stop

lab_zones "xmpp-dead-targets xmpp-silent-target $rest"
bg silent sipb python3 -c 'import socket,time
s=socket.create_server(("", 5269)); kept=[]
while True: kept.append(s.accept())'
wait_tcp sipb 5269
stoxd_start
xmpp_start alice alice@xmpp.test/a 'expect body=^past-silence$ timeout=40'
check "past a server that takes the connection and says nothing" \
  sip_send sip:bob@ua.test sip:alice@xmpp.test --body past-silence --timeout 28
check "Alice got it" xmpp_wait alice
finish
