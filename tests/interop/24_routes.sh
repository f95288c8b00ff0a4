#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# [route], [[sip.peer]]: servers named in the configuration instead of the DNS.
. "$(dirname "$0")/harness.sh"
# pbx.test exists in no DNS for SIP; xmpp.test's XMPP records are real, sip.test's are not asked.
export LAB_ZONES="hosts xmpp ua"
setup prosody
cat >"$LAB_RUN/stoxd.toml" <<TOML
domains = ["xmpp.test", "pbx.test", "near.test"]
[route."near.test"]
sip = "127.0.0.1:5070"
[route."pbx.test"]
sip = "$(ip4 sipc):5060;transport=tcp"
[route."xmpp.test"]
xmpp = "$(ip4 pros):5269"
[[sip.peer]]
address = "$(ip4 sipc)"
domain = "pbx.test"
TOML
# Prosody must find both at the gateway.
cat >>"$LAB_RUN/dnsmasq.conf" <<DNS
srv-host=_xmpp-server._tcp.pbx.test,gw.gw.test,5269,10,10
srv-host=_xmpp-server._tcp.near.test,gw.gw.test,5269,10,10
DNS
stop dns; bg dns dns dnsmasq --keep-in-foreground --conf-file="$LAB_RUN/dnsmasq.conf"; wait_udp dns 53
"$LAB_DIR/mkcerts" one pbx.test serverAuth pbx.test near.test gw.gw.test; mkdir "$LAB_RUN/tls/pbx"; cp "$LAB_RUN/tls/pbx.test.pem" "$LAB_RUN/tls/pbx/"
CERTS=$LAB_RUN/tls/pbx stoxd_start --config "$LAB_RUN/stoxd.toml"
sip_serve
xmpp_start alice alice@xmpp.test/a 'send to=bob@pbx.test body=routed' 'expect body=^back$ from=^bob@pbx\\.test' \
  'expect body=^by-ip$ from=@pbx\\.test'
check "[route] sip: to the named host by TCP" sip_got body='^routed$' transport=tcp
check "[[sip.peer]]: its senders are trusted" sip_send sip:bob@pbx.test sip:alice@xmpp.test --body back
check "[[sip.peer]] domain: a caller that names an address only" sip_send "sip:1001@$(ip4 sipc)" sip:alice@xmpp.test --body by-ip
check "Alice got both" xmpp_wait alice
SIP_HOST=xb check "a stranger is refused" sip_send sip:bob@pbx.test sip:alice@xmpp.test --body spoof --expect 403

# A SIP server on the gateway's own host, reached over loopback; and once more when that host's UDP port is taken.
near() { # near TEXT TRANSPORT
  xmpp alice@xmpp.test/a "send to=carol@near.test body=$1" 'expect-none seconds=1' || return 1
  "$CLIENTS/sipua.py" got --log "$LAB_RUN/near.jsonl" --count 1 --timeout 5 "body=^$1\$" "transport=$2"
}
bg near gw "$CLIENTS/sipua.py" serve --listen udp:127.0.0.1:5070 --listen tcp:127.0.0.1:5070 --log "$LAB_RUN/near.jsonl"
wait_udp gw 5070
check "[route] sip on loopback" near by-loopback udp
stoxd_stop
bg taken gw python3 -c 'import socket, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(("::", 5060)); time.sleep(600)'
wait_udp gw 5060
CERTS=$LAB_RUN/tls/pbx stoxd_start --config "$LAB_RUN/stoxd.toml"
check "stoxd says that its UDP port is taken" grep -q not_listening "$LAB_RUN/stoxd.log"
check "without a UDP socket: TCP" near no-udp tcp
stoxd_stop; stop taken
CERTS=$LAB_RUN/tls/pbx stoxd_start --config "$LAB_RUN/stoxd.toml"

# A listed PBX need not answer OPTIONS over UDP.
stoxd_stop
cat >>"$LAB_RUN/stoxd.toml" <<TOML
[[sip.peer]]
address = "$(ip4 sipb)"
domain = "pbx.test"
TOML
stoxd_start --config "$LAB_RUN/stoxd.toml"
xmpp_start alice alice@xmpp.test/a 'expect body=^mute-peer$ from=^1002@pbx\\.test' 'expect body=^asserted$ from=^boss@pbx\\.test' \
  'expect body=^hidden$ from=^anonymous@pbx\\.test' 'expect-none seconds=1'
mute() { SIP_HOST=sipb sip_send "$@" --mute; }
check "a listed peer that answers no OPTIONS" mute "sip:1002@$(ip4 sipb)" sip:alice@xmpp.test --body mute-peer
check "its asserted SIP identity counts, beside a tel one" mute "sip:1002@$(ip4 sipb)" sip:alice@xmpp.test --body asserted \
  --header 'P-Asserted-Identity: <tel:+15550100>, <sip:boss@pbx.test>'
check "who asks for privacy is anonymous" mute "sip:1002@$(ip4 sipb)" sip:alice@xmpp.test --body hidden \
  --header 'P-Asserted-Identity: <sip:boss@pbx.test>' --header 'Privacy: id'
check "Alice got the three" xmpp_wait alice

# A route line alone makes its server believed, no peer line needed.
stoxd_stop
sed -i '/^\[\[sip.peer\]\]/,$d' "$LAB_RUN/stoxd.toml"
check "no peer is listed now" not grep -q sip.peer "$LAB_RUN/stoxd.toml"
stoxd_start --config "$LAB_RUN/stoxd.toml"
xmpp_start alice alice@xmpp.test/a 'expect body=^by-route$ from=^bob@pbx\\.test' 'expect body=^by-route-tcp$' 'expect-none seconds=1'
check "[route] sip: its server may write for the domain" sip_send sip:bob@pbx.test sip:alice@xmpp.test --body by-route
check "and by TCP" sip_send sip:bob@pbx.test sip:alice@xmpp.test --body by-route-tcp --transport tcp
check "Alice got them" xmpp_wait alice
SIP_HOST=xb check "a stranger still is refused" sip_send sip:bob@pbx.test sip:alice@xmpp.test --body spoof --expect 403
check "the log names why, once" within 5 grep -qE 'refused cid=.* source=10.77.0.42 from=bob@pbx.test to=alice@xmpp.test status=403' "$LAB_RUN/stoxd.log"

echo 'route = 3' >>"$LAB_RUN/stoxd.toml"
kill -HUP "$(stoxd_pid)"
check "a broken configuration at reload is said, with its line" within 5 grep -qE 'stoxd\.toml:[0-9]+' "$LAB_RUN/stoxd.log"
check "and the old one stays" xmpp alice@xmpp.test/a 'send to=bob@pbx.test body=still' 'expect-none seconds=1'
check "still routed" sip_got body='^still$'
finish
