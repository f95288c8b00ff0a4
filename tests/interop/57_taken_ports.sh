#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other servers hold the ports (F11): stoxd runs without them, names the holder and the lines to run beside it, and says
# in check which direction is deaf.
. "$(dirname "$0")/harness.sh"
setup
holder() { # holder NAME KIND PORT
  local name=$1; shift
  cp "$(readlink -f /usr/bin/python3)" "$RUN/$name"
  bg "$name" gw "$RUN/$name" -c '
import socket, sys, time
kind = socket.SOCK_DGRAM if sys.argv[1] == "u" else socket.SOCK_STREAM
held = []
for port in sys.argv[2:]:
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        s = socket.socket(family, kind)
        if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.bind((address, int(port)))
        if kind == socket.SOCK_STREAM: s.listen()
        held.append(s)
time.sleep(600)' "$@"
}
holder xmpp-server t 5269 5270
holder sip-proxy u 5060
wait_tcp gw 5270; wait_udp gw 5060
stoxd_start
says() { local want=$1; shift; "$@" >"$RUN/says.out" 2>&1; grep -qE -- "$want" "$RUN/says.out" || { cat "$RUN/says.out"; false; }; }
check "status names who holds the XMPP port" says '5269.*held by xmpp-server \(pid [0-9]+\)' stox status
check "with the component lines for stoxd, Prosody and ejabberd" \
  says '\[component\] domain = "sip\.gw\.test".*Component "sip\.gw\.test".*ejabberd_service' stox status
check "status names who holds the SIP port" says 'udp 0\.0\.0\.0:5060.*held by sip-proxy \(pid [0-9]+\)' stox status
check "with the lines for stoxd and Kamailio" says 'udp_port = 5080.*\[\[sip\.peer\]\].*Kamailio' stox status
check "what is free is open" says 'SIP tcp 0\.0\.0\.0:5060$' stox status
check "the log says the same" grep -qE 'not_listening.*held by xmpp-server' "$LAB_RUN/stoxd.log"
check "check: XMPP cannot come in" says '^missing +XMPP to SIP +nothing listens for XMPP' stox check ua.test
check "check: SIP still can, over TCP" stox check xmpp.test
check "and its exit status is 1 for the former" not stox check ua.test
finish
