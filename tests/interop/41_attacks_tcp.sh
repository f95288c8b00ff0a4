#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hostile SIP (tests/vectors/attacks/sip) with a good request answered after each; then connections that misbehave.
. "$(dirname "$0")/harness.sh"
CHECK_LINES=40
setup
stoxd_start
V=$ROOT/tests/vectors/attacks/sip
attack() { # attack TRANSPORT
  ip netns exec "$(ns sipb)" "$CLIENTS/torture.py" --table "$V/INDEX.tsv" --dir "$V" --target "$(ip4 gw):5060" \
    --local "$(ip4 sipb)" --transport "$1" --our-host "$(ip4 gw)"
}
check "attacks over TCP" attack tcp
check "attacks over UDP" attack udp

# Ten pipelined requests, then the peer closes at once (F7).
pipeline() {
  ip netns exec "$(ns sipb)" python3 - "$(ip4 gw)" <<'PY'
import socket, sys
for n in range(20):
    s = socket.create_connection((sys.argv[1], 5060), 5)
    s.sendall(b"".join(b"OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK%d%d\r\nMax-Forwards: 70\r\nFrom: <sip:a@h>;tag=1\r\n"
              b"To: <sip:b@h>\r\nCall-ID: %d%d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n" % (sys.argv[1].encode(), n, i, n, i) for i in range(10)))
    s.close()
PY
}
check "pipelined requests and a close" pipeline
# Forty connections that say nothing: 16 per address are kept at most, and others are still served.
silent() {
  ip netns exec "$(ns sipb)" python3 - "$(ip4 gw)" <<'PY'
import socket, sys, time
socks = []
for n in range(40):
    try:
        socks.append(socket.create_connection((sys.argv[1], 5060), 2))
    except OSError:
        break
time.sleep(3)  # what finds no place waits a second for one
kept = 0
for s in socks:
    s.setblocking(False)
    try:
        if s.recv(1) != b"":
            kept += 1
    except BlockingIOError:
        kept += 1
    except OSError:
        pass
print("kept", kept)
sys.exit(kept > 16)
PY
}
check "connections that say nothing are bounded per address" silent
good_tcp() { ip netns exec "$(ns sipc)" "$CLIENTS/sipua.py" send --from sip:a@ua.test --to "sip:$(ip4 gw)" --method OPTIONS --target "$(ip4 gw):5060" --local "$(ip4 sipc)" --transport "$1" --timeout 5; }
check "a good request over TCP is answered" good_tcp tcp
check "and over UDP" good_tcp udp
finish
