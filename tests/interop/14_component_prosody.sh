#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# stoxd as an external component (XEP-0114) of Prosody: SIP addresses are user\40domain@sip.xmpp.test.
. "$(dirname "$0")/harness.sh"
export LAB_ZONES="hosts xmpp xmpp-face component ua"
setup prosody
cat >"$LAB_RUN/stoxd.toml" <<TOML
[component]
host = "$(ip4 pros)"
port = 5347
domain = "sip.xmpp.test"
secret = "labsecret"
TOML
stoxd_start --config "$LAB_RUN/stoxd.toml"
sip_serve
check "the component is attached" within 10 grep -qE 'External component successfully authenticated|sip.xmpp.test.*authenticated' "$LAB_RUN/prosody/prosody.log"
xmpp_start alice alice@xmpp.test/a 'send to="bob\\40ua.test@sip.xmpp.test" body=by-component' \
  'expect body=^reply$ from="^bob\\\\40ua\\.test@sip\\.xmpp\\.test"' 'send reply=1 body=again' \
  'ping to=sip.xmpp.test' 'disco to=sip.xmpp.test'
check "XMPP to SIP through the component" sip_got body='^by-component$'
check "SIP to XMPP through the component" sip_send sip:bob@ua.test sip:alice@xmpp.test --body reply
check "Alice got it from bob\\40ua.test@sip.xmpp.test and could answer" xmpp_wait alice
check "her answer crossed" sip_got body='^again$'
stop prosody; start_prosody
check "the component reconnects after Prosody's restart" \
  within 30 sh -c "[ \$(grep -cE 'successfully authenticated' '$LAB_RUN/prosody/prosody.log') -ge 2 ]"
xmpp_start alice alice@xmpp.test/a 'send to="bob\\40ua.test@sip.xmpp.test" body=after-restart' 'expect-none seconds=1'
check "and carries messages again" sip_got body='^after-restart$'
xmpp_wait alice

finish
