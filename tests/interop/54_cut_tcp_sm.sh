#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# TCP is cut between stanzas: with XEP-0198 each message arrives exactly once, or its sender is told.
. "$(dirname "$0")/harness.sh"
setup prosody
stoxd_start
sip_serve
# cut: every s2s connection of the gateway is reset, both ends at once.
cut() { ip netns exec "$(ns gw)" ss -K "( sport = :5269 or dport = :5269 or dport = :5270 )" >/dev/null 2>&1; }
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body=warm' 'expect body=^warm$' 'expect-burst count=20 timeout=60' 'expect-none seconds=2'
check "streams are open" sip_got body='^warm$'
sip_send sip:bob@ua.test sip:alice@xmpp.test --body warm >/dev/null
one_each() {
  local n
  for n in $(seq 20); do
    # The first attempt may be refused when the cut hits it; a refused one is sent again, as a user would.
    for _ in 1 2 3; do
      sip_send sip:bob@ua.test sip:alice@xmpp.test --body "n $n" --timeout 10 && break
      sleep 1
    done
    cut
  done
}
check "20 messages to XMPP, TCP cut after each" one_each
check "each arrived once, in order" xmpp_wait alice

lost=0
for n in $(seq 20); do
  xmpp alice@xmpp.test/b "send to=bob@ua.test body=\"m $n\" id=m$n" 'sleep seconds=0.2' >"$RUN/m$n.log" 2>&1
  cut
done
sleep 3
for n in $(seq 20); do
  hits=$(grep -c "\"body\": \"m $n\"" "$SIP_LOG")
  [ "$hits" -eq 1 ] || grep -q '"type": "error"' "$RUN/m$n.log" || { lost=$((lost + 1)); echo "m $n: $hits"; }
done
check "20 messages to SIP, TCP cut after each: none lost in silence ($lost)" test "$lost" -eq 0
again=$(grep -c '"ev": "request".*"body": "m ' "$SIP_LOG")
check "none doubled ($again of 20 arrived)" test "$again" -le 20
finish
