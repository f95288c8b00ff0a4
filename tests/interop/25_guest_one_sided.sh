#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Only one side's DNS leads to the gateway: the sender of the other side appears as user\40domain@gw.gw.test.
. "$(dirname "$0")/harness.sh"
export LAB_ZONES="hosts xmpp sip sip-face ua"
setup prosody kamailio
stoxd_start
baresip_ua sipa bob 'sip:alice%40xmpp.test@gw.gw.test'
check "the phone is registered" baresip_registered sipa

# sip.test's XMPP records lead here, xmpp.test's SIP records nowhere.
xmpp_start alice alice@xmpp.test/a 'send to=bob@sip.test body=guest' 'expect body=^guest-reply$ from=^bob@sip\\.test'
check "XMPP to SIP arrives" within 15 sh -c "grep -aq '^guest' '$LAB_RUN/baresip-sipa.log'"
check "from sip:alice%40xmpp.test@gw.gw.test" grep -aqiE 'From:.*sip:alice%40xmpp\.test@gw\.gw\.test' "$LAB_RUN/baresip-sipa.log"
baresip_message sipa guest-reply
check "the pair has talked: the reply to that address comes back" xmpp_wait alice
SIP_TARGET=$(ip4 gw):5060 check "a stranger may not use the form for a pair that never talked" \
  sip_send sip:mallory@ua.test 'sip:alice%40xmpp.test@gw.gw.test' --body no --expect 403,404

# The other way round.
lab_zones hosts xmpp xmpp-face sip ua
stoxd_stop; stoxd_start
stop baresip-sipa; baresip_ua sipa bob sip:alice@xmpp.test; baresip_registered sipa
xmpp_start alice alice@xmpp.test/b 'expect body=^one-sided$ from="^bob\\\\40sip\\.test@gw\\.gw\\.test"' 'send reply=1 body=answer'
baresip_message sipa one-sided
check "SIP to XMPP arrives from bob\\40sip.test@gw.gw.test" xmpp_wait alice
check "and her answer reaches the phone" within 15 sh -c "grep -aq '^answer' '$LAB_RUN/baresip-sipa.log'"
check "a pair that never talked is refused" \
  xmpp alice@xmpp.test/c 'send to="eve\\40sip.test@gw.gw.test" body=x id=g1' 'expect-error id=g1 timeout=20'
finish
