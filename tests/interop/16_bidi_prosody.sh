#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bidirectional streams (XEP-0288) with Prosody's mod_s2s_bidi: messages both ways over one stream, whoever opened it,
# with valid certificates (EXTERNAL, then XEP-0198) and with self-signed ones (dialback).
. "$(dirname "$0")/harness.sh"
export PROSODY_BIDI=1 PROSODY_S2S_AUTH=secure
log=$LAB_RUN/prosody/prosody.log
mark() { wc -l <"$log"; }
# one_session SINCE: the messages in Prosody's log behind line SINCE all went over one stream, and in both directions.
one_session() {
  tail -n "+$(($1 + 1))" "$log" |
    sed -nE 's/^.*[[:space:]](s2s(in|out)[0-9a-f]+)[[:space:]].*(Sending|Received)\[s2s[a-z]+\]: <message.*/\1 \3/p' |
    sort | uniq -c | awk '{print; seen[$2] = 1; way[$3] = 1}
      END {for (s in seen) n++; for (w in way) m++; exit !(n == 1 && m == 2)}'
}
# streams AUTHENTICATION MANAGED: there are some, and each is as said and bidirectional.
streams() {
  stox --json status | python3 -c '
import json, sys
streams = json.load(sys.stdin)["xmpp_streams"]
print(json.dumps(streams))
good = streams and all(s["bidirectional"] and str(s["managed"]) == sys.argv[2] and s["authentication"] == sys.argv[1]
                       for s in streams)
sys.exit(0 if good else 1)' "$@"
}
both_ways() { # both_ways AUTHENTICATION MANAGED
  local since; since=$(mark)
  xmpp_start alice alice@xmpp.test/a "send to=bob@ua.test body=out-$1" "expect body=^in-$1\$ from=^bob@ua\\\\.test" \
    "burst to=bob@ua.test count=8 prefix=burst-$1" 'expect-none seconds=2'
  check "$1: Prosody opens the stream, XMPP to SIP" sip_got body="^out-$1$"
  check "$1: SIP to XMPP" sip_send sip:bob@ua.test sip:alice@xmpp.test --body "in-$1"
  check "$1: Alice got it" xmpp_wait alice
  SIP_COUNT=8 check "$1: 8 more crossed" sip_got body="^burst-$1 "
  check "$1: the stream is bidirectional" streams "$1" "$2"
  check "$1: all over one stream" one_session "$since"

  stoxd_stop; stoxd_start
  since=$(mark)
  xmpp_start alice alice@xmpp.test/a "expect body=^first-$1\$" "send reply=1 body=back-$1" \
    "expect-burst count=20 prefix=many-$1 timeout=30" 'expect-none seconds=1'
  check "$1: stoxd opens the stream, SIP to XMPP" sip_send sip:bob@ua.test sip:alice@xmpp.test --body "first-$1"
  check "$1: the answer crosses" sip_got body="^back-$1$"
  check "$1: 20 more to XMPP" sip_send sip:bob@ua.test sip:alice@xmpp.test --count 20 --prefix "many-$1"
  check "$1: Alice got each once, in order" xmpp_wait alice
  check "$1: the stream is bidirectional" streams "$1" "$2"
  check "$1: all over one stream" one_session "$since"
}
setup prosody
stoxd_start
sip_serve
both_ways external True
check "Prosody asked for both directions" grep -q 'Requesting bidirectional stream' "$log"
check "and was asked for them" grep -q 'Requested bidirectional stream' "$log"

stoxd_stop; stop prosody
export PROSODY_CERT=self-xmpp.test PROSODY_S2S_AUTH='' CERTS=$LAB_RUN/nocerts
XMPP_CA=$LAB_RUN/tls/self-xmpp.test.crt
mkdir -p "$CERTS"
start_prosody; stoxd_start
# Prosody offers stream management only to those who are authenticated before its features.
both_ways dialback False
finish
