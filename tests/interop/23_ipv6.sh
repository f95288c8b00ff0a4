#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every record is AAAA: both protocols over IPv6 only.
. "$(dirname "$0")/harness.sh"
export LAB_FAMILY=6
setup prosody kamailio
stoxd_start
SIP_AT="[$(ip6 sipc)]" sip_serve
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body=six' 'expect body=^back$ from=^bob@ua\\.test' \
  'send to=bob@uatcp.test body=tcp6' 'send to=carol@sip.test body=via-kamailio' 'expect body=^phone6$ from=^carol@sip\\.test'
check "XMPP to SIP, UDP over IPv6" sip_got body='^six$' transport=udp
SIP_TARGET="[$(ip6 gw)]:5060" SIP_LOCAL="[$(ip6 sipc)]" check "SIP to XMPP" sip_send sip:bob@ua.test sip:alice@xmpp.test --body back
check "XMPP to SIP, TCP over IPv6" sip_got body='^tcp6$' transport=tcp
BS_ADDR="[$(ip6 sipa)]" baresip_ua sipa carol sip:alice@xmpp.test
check "a phone registers over IPv6" baresip_registered sipa
xmpp alice@xmpp.test/b 'send to=carol@sip.test body=again6' 'expect-none seconds=1' >/dev/null
check "through Kamailio over IPv6" within 10 sh -c "grep -aq again6 '$LAB_RUN/baresip-sipa.log'"
baresip_message sipa phone6
xmpp_wait alice >"$RUN/alice.out"
check "and back" grep -q phone6 "$RUN/xmpp-alice.log"
v4=$(ip netns exec "$(ns gw)" ss -Htn state established | grep -c "$LAB_NET\.")
check "no IPv4 connection at the gateway ($v4)" test "$v4" -eq 0
finish
