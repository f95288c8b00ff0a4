#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prosody restarts in mid-chat (F3): the gateway is back within 10 s; each message arrives once or is bounced.
. "$(dirname "$0")/harness.sh"
setup prosody
stoxd_start
sip_serve
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body=before' 'expect body=^hello$'
check "to SIP" sip_got body='^before$'
check "to XMPP" sip_send sip:bob@ua.test sip:alice@xmpp.test --body hello
check "Alice got it" xmpp_wait alice

kill -KILL "$(pid_of prosody)"; rm -f "$LAB_RUN/prosody.pid"
sleep 1
check "while it is away: an error in time, or 202 and delivery later" \
  sip_send sip:bob@ua.test sip:alice@xmpp.test --body while-away --timeout 34 --expect 202,404,408,480,500,502,503,504
start_prosody
back() { sip_send sip:bob@ua.test sip:alice@xmpp.test --body "back $SECONDS" --timeout 3 >/dev/null; }
xmpp_start alice alice@xmpp.test/a 'expect body="^back" timeout=20' 'send to=bob@ua.test body=after'
check "messages flow again within 10 s" within 10 back
check "Alice got them" xmpp_wait alice
check "and to SIP again" sip_got body='^after$'

# A clean restart under a stream of messages: nothing twice, nothing lost without an error.
xmpp_start alice alice@xmpp.test/a 'burst to=bob@ua.test count=100 prefix=load' 'sleep seconds=1'
xmpp_wait alice >/dev/null
stop prosody; start_prosody
sleep 2
doubles=$(python3 -c "
import json,collections,sys
c=collections.Counter(r['body'] for r in map(json.loads,open('$SIP_LOG')) if r['ev']=='request')
print(sum(1 for n in c.values() if n>1))")
check "nothing arrived twice ($doubles)" test "$doubles" -eq 0
finish
