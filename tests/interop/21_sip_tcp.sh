#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIP over TCP: domains whose records name nothing else, long requests (RFC 3261 18.1.1), connection reuse.
. "$(dirname "$0")/harness.sh"
export LAB_ZONES="hosts xmpp xmpp-face-tcp sip-tcp sip-face ua ua-face"
setup prosody kamailio
stoxd_start
sip_serve
xmpp_start alice alice@xmpp.test/a 'send to=bob@uatcp.test body=one' 'send to=bob@uatcp.test body=two' \
  'expect body=^back$ from=^bob@uatcp\\.test' 'expect body=^phone$ from=^carol@sip\\.test' 'send to=carol@sip.test body=to-phone'
check "XMPP to a domain with TCP only" sip_got body='^one$' transport=tcp
check "the next one too" sip_got body='^two$' transport=tcp
connections=$(ip netns exec "$(ns sipc)" ss -Htn state established "sport = :5060" | grep -c .)
check "over one connection ($connections)" test "$connections" -eq 1
check "SIP over TCP to XMPP" sip_send sip:bob@uatcp.test sip:alice@xmpp.test --transport tcp --body back
baresip_ua sipa carol sip:alice@xmpp.test
baresip_registered sipa
baresip_message sipa phone
check "Alice got both" xmpp_wait alice
check "Kamailio reached by TCP" within 10 sh -c "grep -aq to-phone '$LAB_RUN/baresip-sipa.log'"

check "two requests in one segment, both answered" sh -c '"$@" | grep -c "\"start\": \"SIP/2.0 200" | grep -qx 2' - \
  ip netns exec "$(ns sipc)" "$CLIENTS/sipua.py" raw --target "$(ip4 gw):5060" --transport tcp --local "$(ip4 sipc)" \
  --timeout 2 <(for n in 1 2; do printf 'OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/TCP %s:5060;branch=z9hG4bKp%s\r\nMax-Forwards: 70\r\nFrom: <sip:a@uatcp.test>;tag=1\r\nTo: <sip:%s>\r\nCall-ID: p%s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n' \
      "$(ip4 gw)" "$(ip4 sipc)" $n "$(ip4 gw)" $n; done)
check "a MESSAGE over 1300 bytes to a UDP domain goes by TCP" \
  xmpp alice@xmpp.test/a 'send to=bob@ua.test size=3000' 'expect-none seconds=1'
check "it came by TCP" sip_got len='^3000$' transport=tcp

# A server that has UDP only: TCP is refused, the long request comes in one datagram all the same.
stop sipua
: >"$SIP_LOG"
bg sipua sipc "$CLIENTS/sipua.py" serve --listen "udp:$(ip4 sipc):5060" --log "$SIP_LOG"
wait_udp sipc 5060
stoxd_stop; stoxd_start
check "a long MESSAGE to a server without TCP" \
  xmpp alice@xmpp.test/a 'send to=bob@ua.test size=3001' 'expect-none seconds=1'
check "it came by UDP" sip_got len='^3001$' transport=udp
finish
