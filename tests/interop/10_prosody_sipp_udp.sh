#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prosody and SIPp over UDP, valid certificates on both sides (SASL EXTERNAL), nothing configured.
. "$(dirname "$0")/harness.sh"
export PROSODY_S2S_AUTH=secure
setup prosody
stoxd_start

# SIPp stands where ua.test's SRV leads, so its address is its proof.
SIPP_CALLS=1 sipp_run sipc message-uas ';' -p 5060 &
uas=$!
within 5 ss_has sipc u 5060
check "XMPP to SIP: sent, no error comes back" \
  xmpp alice@xmpp.test/a 'send to=bob@ua.test body="Hello, SIP" type=chat' 'expect-none seconds=2'
check "SIPp answered one MESSAGE" wait $uas
check "its body is the text" grep -q 'body Hello, SIP$' "$RUN/sipp-message-uas.log"
check "From is Alice's own address" grep -qE 'from .*sip:alice@xmpp\.test' "$RUN/sipp-message-uas.log"
check "the type is text/plain" grep -qi 'type *text/plain' "$RUN/sipp-message-uas.log"

xmpp_start alice alice@xmpp.test/a 'expect body="^Hello, XMPP$" from=^bob@ua\\.test' 'expect-none seconds=1'
check "SIP to XMPP: SIPp gets 200 or 202" sipp_run sipc message-uac \
  'bob;ua.test;alice;xmpp.test;text/plain;Hello, XMPP' "$(ip4 gw):5060" -p 5060
check "Alice got it once, from bob@ua.test" xmpp_wait alice
check "the s2s streams were authenticated by certificate" grep -qE 'SASL EXTERNAL|EXTERNAL' "$LAB_RUN/prosody/prosody.log"
check "no dialback was needed" not grep -qE 'dialback.*(ua\.test).*verif' "$LAB_RUN/prosody/prosody.log"
finish
