#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hostile SIP (tests/vectors/attacks/sip) over TCP and UDP from a proven sender: the answer of each file, what of it reaches
# XMPP, and a good request answered after it. Then connections that misbehave, floods and scanners; memory and log stay small.
. "$(dirname "$0")/harness.sh"
CHECK_LINES=70
setup prosody
stoxd_start
V=$ROOT/tests/vectors/attacks/sip
attack() { # attack TRANSPORT
  ip netns exec "$(ns sipc)" "$CLIENTS/torture.py" --table "$V/INDEX.tsv" --dir "$V" --target "$(ip4 gw):5060" \
    --local "$(ip4 sipc)" --transport "$1" --our-host "$(ip4 gw)" --as sip:a@peer.test=sip:bob@ua.test \
    --as sip:b@sip.test=sip:alice@xmpp.test --inbox "$RUN/xmpp-alice.log" --sender bob@ua.test
}
rss() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(stoxd_pid)/status"; }
log_lines() { wc -l <"$LAB_RUN/stoxd.log"; }
grown() { # grown BEFORE: less than 16 MB more, four times that with a sanitizer
  local limit=16384; grep -qa asan_init "$STOX_BUILD/stoxd" && limit=65536
  echo "from $1 to $(rss) kB"; test $(($(rss) - $1)) -lt "$limit"
}
XMPP_LIMIT=400 xmpp_start alice alice@xmpp.test/a 'sleep seconds=360'
rss_before=$(rss); lines_before=$(log_lines)
check "attacks over TCP" attack tcp
check "attacks over UDP" attack udp
check "memory stays" grown "$rss_before"
check "the log has no line for each" test $(($(log_lines) - lines_before)) -lt 30

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
# A stranger's flood over UDP: long addresses, dialogs that do not exist, INVITEs that nobody serves, bytes that are no SIP.
flood() {
  ip netns exec "$(ns sipb)" python3 - "$(ip4 gw)" <<'PY'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 5062))
s.setblocking(False)
sent = received = 0
def drain():
    global received
    try:
        while True:
            received += len(s.recv(65535))
    except BlockingIOError:
        pass
for n in range(8000):
    method = ("MESSAGE", "INVITE", "OPTIONS", "REGISTER")[n % 4]
    user = ("u%d" % n) + "x" * 20000 if n % 8 == 0 else "u%d" % n
    data = ("%s sip:b@xmpp.test SIP/2.0\r\nVia: SIP/2.0/UDP h%d:5062;branch=z9hG4bKf%d;rport\r\nMax-Forwards: 70\r\n"
            "From: <sip:%s@flood.test>;tag=1\r\nTo: <sip:%s@xmpp.test>;tag=2\r\nCall-ID: f%d\r\nCSeq: 1 %s\r\n"
            "Contact: <sip:u@h>\r\nUser-Agent: a phone of some kind that says so\r\nContent-Length: 0\r\n\r\n"
            % (method, n, n, user, user, n, method)).encode() if n % 5 else b"\xff\x00" * 500
    s.sendto(data, (sys.argv[1], 5060))
    sent += len(data)
    drain()
    if n % 100 == 0:
        time.sleep(0.05)
end = time.monotonic() + 4   # what a timer repeats would come now
while time.monotonic() < end:
    drain()
    time.sleep(0.05)
print("sent", sent, "received", received)
sys.exit(received > sent / 10)
PY
}
rss_before=$(rss); lines_before=$(log_lines)
check "a flood from a stranger comes back as a trickle" flood
check "memory stays" grown "$rss_before"
check "the log has no line for each" test $(($(log_lines) - lines_before)) -lt 30
no_conversation() { stox sessions >"$RUN/sessions.out" && grep -q bob@ua.test "$RUN/sessions.out" && ! grep -q flood.test "$RUN/sessions.out"; }
check "bob has a conversation, the strangers have none" no_conversation
# One request is never answered with more bytes than it had, and never twice.
reflection() {
  ip netns exec "$(ns sipb)" python3 - "$(ip4 gw)" <<'PY'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 5063))
s.settimeout(0.2)
worst = 0
for n, method in enumerate(("INVITE", "OPTIONS", "MESSAGE", "REGISTER", "SUBSCRIBE", "BREW")):
    data = ("%s sip:b@xmpp.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.9.9.9:5063;branch=z9hG4bKr%d;rport\r\nMax-Forwards: 70\r\n"
            "From: \"A Caller\" <sip:caller@victim.test>;tag=1\r\nTo: <sip:b@xmpp.test>\r\nCall-ID: r%d@victim.test\r\n"
            "CSeq: 1 %s\r\nContact: <sip:caller@10.9.9.9:5063>\r\nUser-Agent: phone 1.0\r\nContent-Length: 0\r\n\r\n"
            % (method, n, n, method)).encode()
    s.sendto(data, (sys.argv[1], 5060))
    got, end = b"", time.monotonic() + 3
    answers = 0
    while time.monotonic() < end:
        try:
            piece = s.recv(65535)
            if not piece.startswith(b"OPTIONS "):   # the question whether we are there is a request of its own
                got += piece
                answers += 1
        except socket.timeout:
            pass
    print(method, len(data), "->", len(got), "in", answers)
    worst = max(worst, answers - 1, len(got) > len(data))
sys.exit(worst)
PY
}
check "an unproven request is answered once, with no more bytes than it had" reflection
# Known scanners: ten answers, then silence, and the rest of their address is served.
scanner() {
  ip netns exec "$(ns sipa)" python3 - "$(ip4 gw)" <<'PY'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 5064))
s.settimeout(1)
got = []
for n, agent in enumerate(["friendly-scanner", "sipvicious", "sipcli/v1.8"] * 4 + ["phone"]):
    s.sendto(("OPTIONS sip:100@%s SIP/2.0\r\nVia: SIP/2.0/UDP 1.1.1.1:5064;branch=z9hG4bKs%d;rport\r\nMax-Forwards: 70\r\n"
              "From: <sip:100@1.1.1.1>;tag=1\r\nTo: <sip:100@1.1.1.1>\r\nCall-ID: s%d\r\nCSeq: 1 OPTIONS\r\nUser-Agent: %s\r\n"
              "Content-Length: 0\r\n\r\n" % (sys.argv[1], n, n, agent)).encode(), (sys.argv[1], 5060))
    try:
        s.recv(65535)
        got.append(n)
    except socket.timeout:
        pass
print(got)
sys.exit(got != list(range(10)) + [12])
PY
}
check "a known scanner gets ten answers" scanner
good_tcp() { ip netns exec "$(ns sipc)" "$CLIENTS/sipua.py" send --from sip:a@ua.test --to "sip:$(ip4 gw)" --method OPTIONS --target "$(ip4 gw):5060" --local "$(ip4 sipc)" --transport "$1" --timeout 5; }
check "a good request over TCP is answered" good_tcp tcp
check "and over UDP" good_tcp udp
finish
