#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Phones (baresip) registered at Kamailio, users at Prosody: messages both ways through the proxy, replies to the
# resource that wrote.
. "$(dirname "$0")/harness.sh"
export PROSODY_S2S_AUTH=secure
setup prosody kamailio
stoxd_start
baresip_ua sipa bob sip:alice@xmpp.test
baresip_ua sipb carol sip:alice@xmpp.test
check "Bob's phone is registered" baresip_registered sipa
check "Carol's phone is registered" baresip_registered sipb

phone_got() { within 10 sh -c "sed 's/\x1b\[[0-9;]*[mK]//g' '$LAB_RUN/baresip-$1.log' | grep -aqF '$2'"; }
# Two resources are online; the one that wrote gets the answer, the other keeps quiet.
xmpp_start idle alice@xmpp.test/idle "wait-file path=$RUN/done timeout=60"
xmpp_start writer alice@xmpp.test/writer 'send to=bob@sip.test body="To the phone"' \
  'expect body="^From the phone$" from=^bob@sip\\.test' 'send to=carol@sip.test body="And Carol"' \
  'expect body="^From Carol$" from=^carol@sip\\.test'
check "Bob's phone got the text through Kamailio" phone_got sipa 'To the phone'
check "its From is Alice" phone_got sipa 'sip:alice@xmpp.test'
baresip_message sipa 'From the phone'
check "Carol's phone got hers" phone_got sipb 'And Carol'
baresip_message sipb 'From Carol'
check "the writing resource got both answers" xmpp_wait writer
touch "$RUN/done"
xmpp_wait idle
check "the other resource got neither" not grep -q 'From the phone' "$RUN/xmpp-idle.log"

check "a user that Kamailio does not know: item-not-found with the original id" \
  xmpp alice@xmpp.test/a 'send to=nobody@sip.test body=x id=q1' 'expect-error cond=item-not-found id=q1 from=^nobody@sip\\.test'
check "umlauts and emoji" xmpp alice@xmpp.test/a 'send to=bob@sip.test body="Grüße 🎈 <&> \"x\""' 'expect-none seconds=1'
check "arrived as they were" phone_got sipa 'Grüße 🎈 <&> "x"'
finish
