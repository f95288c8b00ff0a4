#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ejabberd: first with certificates it can verify and demands (EXTERNAL), then self-signed with dialback, over
# STARTTLS; then over direct TLS (XEP-0368), which is all that its zone offers.
. "$(dirname "$0")/harness.sh"
both_ways() { # both_ways TAG
  xmpp_start alice alice@ejab.test/e "send to=bob@ua.test body=to-sip-$1" "expect body=^to-xmpp-$1\$ from=^bob@ua\\\\.test" \
    "send reply=1 body=again-$1"
  check "$1: XMPP to SIP" sip_got body="^to-sip-$1$" 'frm=sip:alice@ejab\.test'
  check "$1: SIP to XMPP" sip_send sip:bob@ua.test sip:alice@ejab.test --body "to-xmpp-$1"
  check "$1: Alice got it" xmpp_wait alice
  check "$1: and her reply crossed" sip_got body="^again-$1$"
}
export EJABBERD_S2S=required_trusted
setup ejabberd
# This ejabberd's TLS asks of a connecting server's certificate that it may be a client's, too.
"$LAB_DIR/mkcerts" one both serverAuth,clientAuth ua.test gw.gw.test
mkdir "$LAB_RUN/tls/both"; cp "$LAB_RUN/tls/both.pem" "$LAB_RUN/tls/both/"
CERTS=$LAB_RUN/tls/both stoxd_start
sip_serve
both_ways external
lab_zones hosts ejab-direct ejab-face ua ua-face
stoxd_stop; CERTS=$LAB_RUN/tls/both stoxd_start
direct_streams() { grep -hc 'Accepted connection.*:5270' "$LAB_RUN/ejabberd/log/ejabberd.log"; }
both_ways direct
check "ejabberd saw stoxd on its direct TLS port ($(direct_streams))" test "$(direct_streams)" -ge 1
lab_zones hosts ejab ejab-face ua ua-face
stoxd_stop; stop ejabberd
# With a certificate for servers only it falls back to dialback, if it may.
EJABBERD_S2S=required start_ejabberd
stoxd_start
both_ways server-only
stoxd_stop; stop ejabberd
EJABBERD_S2S=required EJABBERD_CERT=self-ejab.test start_ejabberd
XMPP_CA=$LAB_RUN/tls/self-ejab.test.crt
mkdir -p "$LAB_RUN/nocerts"
CERTS=$LAB_RUN/nocerts stoxd_start
both_ways dialback
finish
