#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Self-signed certificates on both sides: STARTTLS and dialback (XEP-0220). stoxd makes its own certificate.
. "$(dirname "$0")/harness.sh"
export PROSODY_CERT=self-xmpp.test
XMPP_CA=$LAB_RUN/tls/self-xmpp.test.crt
setup prosody
mkdir -p "$LAB_RUN/nocerts"
CERTS=$LAB_RUN/nocerts stoxd_start
sip_serve
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body=dialback' 'expect body=^answer$ from=^bob@ua\\.test' \
  'send to=bob@ua.test body=second'
check "XMPP to SIP after dialback" sip_got body='^dialback$' 'frm=sip:alice@xmpp\.test'
check "SIP to XMPP" sip_send sip:bob@ua.test sip:alice@xmpp.test --body answer
check "Alice got the answer" xmpp_wait alice
check "and her second message crossed" sip_got body='^second$'
check "Prosody accepted stoxd by dialback" grep -qiE 'dialback' "$LAB_RUN/prosody/prosody.log"
check "the streams were encrypted" grep -qE 'TLS negotiation complete|encrypted|STARTTLS' "$LAB_RUN/prosody/prosody.log"

# A restart keeps the generated certificate.
before=$(find "$LAB_RUN/state" -name '*.pem' -o -name '*.crt' | sort | xargs -r sha256sum)
stoxd_stop; CERTS=$LAB_RUN/nocerts stoxd_start
after=$(find "$LAB_RUN/state" -name '*.pem' -o -name '*.crt' | sort | xargs -r sha256sum)
check "the self-signed certificate is kept over a restart" test -n "$before" -a "$before" = "$after"
check "works again" xmpp alice@xmpp.test/a 'send to=bob@ua.test body=third' 'expect-none seconds=1'
check "third arrived" sip_got body='^third$'

# A server that demands valid certificates refuses such a gateway: the sender gets a true error, in words.
stop prosody; PROSODY_S2S_AUTH=secure start_prosody
check "to a strict server: MESSAGE fails with a SIP error" \
  sip_send sip:bob@ua.test sip:alice@xmpp.test --body refused --expect 403,404,408,480,488,502,503,504
finish
