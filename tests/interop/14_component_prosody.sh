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
check "SIP to XMPP through the component" sip_send sip:bob@ua.test sip:alice@xmpp.test --body reply --timeout 8
check "Alice got it from bob\\40ua.test@sip.xmpp.test and could answer" xmpp_wait alice
check "her answer crossed" sip_got body='^again$'
stop prosody; start_prosody
check "the component reconnects within 10 s of Prosody's restart" \
  within 10 sh -c "[ \$(grep -cE 'successfully authenticated' '$LAB_RUN/prosody/prosody.log') -ge 2 ]"
xmpp_start alice alice@xmpp.test/a 'send to="bob\\40ua.test@sip.xmpp.test" body=after-restart' 'expect-none seconds=1'
check "and carries messages again" sip_got body='^after-restart$'
xmpp_wait alice
# pinged DOMAIN: by the component.
pinged() { grep "Received\[component\]: <iq.*type='get'" "$LAB_RUN/prosody/prosody.log" | grep " to='$1'" | grep -q " from='sip.xmpp.test'"; }
# What proves that stanzas were taken: a ping to ourselves by way of the server, or to a domain that is the server's.
check "the component pinged itself by way of Prosody" pinged sip.xmpp.test
stoxd_stop
echo 'server_domains = ["xmpp.test"]' >>"$LAB_RUN/stoxd.toml"
stoxd_start --config "$LAB_RUN/stoxd.toml"
xmpp_start alice alice@xmpp.test/a 'expect body=^named$'
check "and with the server's domain named" sip_send sip:bob@ua.test sip:alice@xmpp.test --body named --timeout 8
check "Alice got that" xmpp_wait alice
check "it is what was pinged" pinged xmpp.test
finish
