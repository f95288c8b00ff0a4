#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIP over TLS: both directions, certificates verified; a wrong one is not downgraded.
. "$(dirname "$0")/harness.sh"
export LAB_ZONES="hosts xmpp xmpp-face-tls sip-tls sip-face ua ua-face"
setup prosody kamailio
stoxd_start
sip_serve
xmpp_start alice alice@xmpp.test/a 'send to=bob@uatls.test body=secret' 'expect body=^back$ from=^bob@uatls\\.test' \
  'expect body=^phone$ from=^carol@sip\\.test' 'send to=carol@sip.test body=to-phone'
check "XMPP to a domain with TLS only" sip_got body='^secret$' transport=tls
SIP_TARGET=$(ip4 gw):5061 check "SIP over TLS to XMPP" \
  sip_send sip:bob@uatls.test sip:alice@xmpp.test --transport tls --server-name xmpp.test --body back
baresip_ua sipa carol sip:alice@xmpp.test ";outbound=\"sip:$(ip4 kam)\""
check "the phone is registered" baresip_registered sipa
baresip_message sipa phone
check "Alice got both" xmpp_wait alice
check "Kamailio reached by TLS" within 10 sh -c "grep -aq to-phone '$LAB_RUN/baresip-sipa.log'"

# Proof by certificate (RFC 5922): from a host that no record of ua.test names.
SIP_HOST=xb SIP_TARGET=$(ip4 gw):5061 check "a client certificate proves its domain from anywhere" \
  sip_send sip:bob@uatls.test sip:alice@xmpp.test --transport tls --cert "$LAB_RUN/tls/ua.test.pem" --body cert
SIP_HOST=xb SIP_TARGET=$(ip4 gw):5061 check "without one the same sender is refused" \
  sip_send sip:bob@uatls.test sip:alice@xmpp.test --transport tls --body nocert --expect 403

# The far side's certificate is for another name: an error, and nothing in the clear.
cp "$LAB_RUN/tls/ua.test.pem" "$RUN/good.pem"
cp "$LAB_RUN/tls/ejab.test.pem" "$LAB_RUN/tls/ua.test.pem"
sip_serve
stoxd_stop; stoxd_start
check "wrong certificate: the sender gets an error" \
  xmpp alice@xmpp.test/a 'send to=bob@uatls.test body=wrong id=w1' 'expect-error id=w1 timeout=40'
SIP_COUNT=0 SIP_WAIT=1 check "and nothing arrives" sip_got body=wrong
finish
