#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# stoxd as an external component of ejabberd; and what a wrong secret looks like.
. "$(dirname "$0")/harness.sh"
export LAB_ZONES="hosts ejab ejab-face component ua"
setup ejabberd
component() { # component SECRET
  cat >"$LAB_RUN/stoxd.toml" <<TOML
[component]
host = "$(ip4 ejab)"
port = 5347
domain = "sip.ejab.test"
secret = "$1"
TOML
}
component wrong
stoxd_start --config "$LAB_RUN/stoxd.toml"
sip_serve
check "a wrong secret is named in the log" within 10 grep -qiE 'not-authorized|secret|component.*(refused|failed)' "$LAB_RUN/stoxd.log"
stoxd_stop
component labsecret
stoxd_start --config "$LAB_RUN/stoxd.toml"
xmpp_start alice alice@ejab.test/a 'sleep seconds=2' 'send to="bob\\40ua.test@sip.ejab.test" body=by-component' \
  'expect body=^reply$ from="^bob\\\\40ua\\.test@sip\\.ejab\\.test"' 'send reply=1 body=again'
check "XMPP to SIP through the component" sip_got body='^by-component$'
check "SIP to XMPP through the component" sip_send sip:bob@ua.test sip:alice@ejab.test --body reply --timeout 8
check "Alice got it and could answer" xmpp_wait alice
check "her answer crossed" sip_got body='^again$'
stoxd_stop
echo 'server_domains = ["ejab.test"]' >>"$LAB_RUN/stoxd.toml"
stoxd_start --config "$LAB_RUN/stoxd.toml"
xmpp_start alice alice@ejab.test/a 'expect body=^named$'
check "what was sent is confirmed by the server's domain, too" sip_send sip:bob@ua.test sip:alice@ejab.test --body named --timeout 8
check "Alice got that" xmpp_wait alice
finish
