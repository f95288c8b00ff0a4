#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The lab itself, without stoxd: what fails here is not the gateway's fault.
. "$(dirname "$0")/harness.sh"
setup prosody ejabberd kamailio

xmpp_start bob bob@ejab.test/b 'expect body=^hi$ from=^alice@xmpp.test/a$ lang=de html=<b>' 'send reply=1 size=10000' \
  'expect-burst count=100' 'refuse cond=forbidden etype=auth' 'expect body=last'
check "Prosody and ejabberd: a message each way, 100 in order, an error, ping, disco" \
  xmpp alice@xmpp.test/a 'send to=bob@ejab.test/b body=hi lang=de html="<p><b>hi</b></p>"' 'expect len=10000' \
  'burst to=bob@ejab.test count=100' 'sleep seconds=0.3' 'send to=bob@ejab.test body=last' \
  'expect-error cond=forbidden id=last' 'ping to=ejab.test' 'query to=ejab.test kind=version' \
  'ping to=nowhere.test cond=remote-server-not-found|remote-server-timeout'
check "the other end saw the same" xmpp_wait bob

baresip_ua sipa alice sip:bob@sip.test
baresip_ua sipb bob sip:alice@sip.test
check "baresip registers through NAPTR and SRV" baresip_registered sipa
check "so does the other" baresip_registered sipb
baresip_message sipa 'hello bob'
check "baresip MESSAGE through Kamailio" within 5 sh -c "grep -aq 'hello bob' '$LAB_RUN/baresip-sipb.log'"

sip_serve
printf 'hello from sipp' >"$RUN/body"
check "SIPp MESSAGE to the test user agent" sipp_run sipa message-uac \
  'alice;sip.test;bob;ua.test;text/plain;hello from sipp' "$(ip4 sipc):5060"
check "its body arrived" sip_got body='^hello from sipp$'
for t in tcp tls; do
  port=$([ $t = tls ] && echo 5061 || echo 5060)
  SIP_TARGET=$(ip4 sipc):$port check "test user agent over $t" sip_send sip:a@sip.test sip:b@ua.test --transport $t --body "by $t"
  check "it arrived over $t" sip_got body="^by $t$" transport=$t
done
stop baresip-sipb
sipp_run sipb message-uas ';' -p 5060 &
uas=$!
within 5 ss_has sipb u 5060
SIP_TARGET=$(ip4 sipb):5060 check "test user agent to SIPp" sip_send sip:a@sip.test sip:b@sip.test --body 'for sipp'
wait $uas
check "SIPp logged it" grep -q 'for sipp' "$RUN/sipp-message-uas.log"
finish
