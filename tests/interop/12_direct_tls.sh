#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Direct TLS (XEP-0368) out: xmpp.test offers nothing else. In: a TLS client with ALPN xmpp-server on 5270.
. "$(dirname "$0")/harness.sh"
export LAB_ZONES="hosts xmpp-direct xmpp-face ua ua-face" PROSODY_S2S_AUTH=secure
setup prosody
stoxd_start
sip_serve
xmpp_start alice alice@xmpp.test/a 'expect body=^direct$ from=^bob@ua\\.test' 'send reply=1 body=back'
check "SIP to XMPP over direct TLS" sip_send sip:bob@ua.test sip:alice@xmpp.test --body direct
check "Alice got it and answered" xmpp_wait alice
check "her answer arrived" sip_got body='^back$'
check "Prosody saw it on its direct TLS port" grep -qE 's2s_direct_tls|direct.?tls' "$LAB_RUN/prosody/prosody.log"

open_5270() {
  printf '%s' "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='xmpp.test' to='ua.test' version='1.0'>" |
    nsx pros timeout 5 openssl s_client -connect "$(ip4 gw):5270" -alpn xmpp-server -servername ua.test -quiet -ign_eof \
      -CAfile "$LAB_RUN/tls/ca.pem" -verify_return_error -cert "$LAB_RUN/tls/xmpp.test.crt" -key "$LAB_RUN/tls/xmpp.test.key" 2>/dev/null
}
check "port 5270 answers a stream with SASL EXTERNAL offered" sh -c 'echo "$1" | grep -q "<mechanism>EXTERNAL" && ! echo "$1" | grep -q "urn:ietf:params:xml:ns:xmpp-tls"' - "$(open_5270)"
alpn=$(nsx pros timeout 5 openssl s_client -connect "$(ip4 gw):5270" -alpn xmpp-server -servername ua.test </dev/null 2>/dev/null | grep -i 'ALPN protocol')
check "ALPN is xmpp-server ($alpn)" test "$alpn" = "ALPN protocol: xmpp-server"
finish
