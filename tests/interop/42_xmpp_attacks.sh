#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hostile XMPP (tests/vectors/attacks/xmpp*): before authentication, and on a stream authenticated as peer.test. What is
# accepted reaches the SIP test agent, which plays sip.test here; nothing else does.
. "$(dirname "$0")/harness.sh"
CHECK_LINES=40
setup
stoxd_start
: >"$SIP_LOG"
bg sipua kam "$CLIENTS/sipua.py" serve --listen "udp:$(ip4 kam):5060" --listen "tcp:$(ip4 kam):5060" --log "$SIP_LOG"
wait_udp kam 5060
V=$ROOT/tests/vectors/attacks
peer() {
  ip netns exec "$(ns xb)" "$CLIENTS/s2s.py" --target "$(ip4 gw)" --from peer.test --to sip.test \
    --cert "$LAB_RUN/tls/peer.test.pem" "$@"
}
attack() { peer --table "$V/$1/INDEX.tsv" --dir "$V/$1" --mode "$2" --sip-log "$SIP_LOG"; } # attack FOLDER MODE
check "before authentication" attack xmpp-preauth preauth
check "malformed and restricted XML" attack xmpp stream
check "addresses and stanzas that the peer may not use" attack xmpp-authz authz
check "5,000 requests at once are all answered" peer --flood 5000
check "an escaped localpart made no URI parameter" sip_got 'ruri=^sip:v%40evil\.test[^@]*@sip\.test$'
check "no request but MESSAGE left" not grep -E '"ev": "request", "method": "(SUBSCRIBE|INVITE|OPTIONS)"' "$SIP_LOG"
check "nothing came from a forged carbon" not grep -q 'boss@bank' "$SIP_LOG"

# The proof that a message was taken is the answer of the domain itself to our ping: not that of one of its users.
peer --forge "$V/xmpp-authz/iq-result-wrong-from.xml" --go "$RUN/go" >"$RUN/forge.log" 2>&1 &
forger=$!
within 10 grep -q open "$RUN/forge.log"
SIP_HOST=kam SIP_LOCAL=$(ip4 kam):5062 sip_send sip:v@sip.test sip:u@peer.test --body proof --timeout 25 >"$RUN/proof.out" 2>&1 &
sender=$!
check "a message to peer.test has a ping behind it, answered by somebody else" within 15 grep -q forged "$RUN/forge.log"
sleep 1
check "which proves nothing: the request is still open" running "$sender"
touch "$RUN/go"
check "the right answer does" wait "$sender"
check "the peer saw it so" wait "$forger"
finish
