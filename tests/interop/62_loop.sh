#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two gateways whose DNS points at each other: loop.test is at gw for SIP and at a second stoxd, on sipb, for XMPP.
# What is sent there goes round once and comes back to its sender as an error.
. "$(dirname "$0")/harness.sh"
setup prosody
cat >>"$LAB_RUN/dnsmasq.conf" <<DNS
srv-host=_sip._udp.loop.test,gw.gw.test,5060,10,10
srv-host=_xmpp-server._tcp.loop.test,sipb.sip.test,5269,10,10
DNS
stop dns; bg dns dns dnsmasq --keep-in-foreground --conf-file="$LAB_RUN/dnsmasq.conf"; wait_udp dns 53
"$LAB_DIR/mkcerts" one loop.test serverAuth loop.test; mkdir "$LAB_RUN/tls/second"; cp "$LAB_RUN/tls/loop.test.pem" "$LAB_RUN/tls/second/"
mkdir -p "$LAB_RUN/second"
printf 'host_name = "sipb.sip.test"\n[metrics]\nlisten = ""\n' >"$LAB_RUN/second/stoxd.toml"
stoxd_start
bg second sipb "$STOX_BUILD/stoxd" --config "$LAB_RUN/second/stoxd.toml" --state "$LAB_RUN/second" \
  --control "$LAB_RUN/second/control.sock" --certs "$LAB_RUN/tls/second"
check "the second gateway runs" within 20 ss_has sipb u 5060
sip_serve
# The first one may be answered before the streams of both ways are up.
sip_send sip:bob@ua.test sip:x@loop.test --body first >/dev/null
sleep 3
check "SIP, XMPP, SIP: comes back to its sender as an error" sip_send sip:bob@ua.test sip:x@loop.test --body round --expect 406
check "refused as a loop where it came back" grep -qE 'refused cid=.* to=x@loop.test status=482' "$LAB_RUN/stoxd.log"
check "an XMPP user's message to it comes back too" \
  xmpp alice@xmpp.test/a 'send to=x@loop.test body=round id=l1' 'expect-error id=l1 timeout=20'
sleep 3
stox trace >"$RUN/trace.out"
from() { grep -cE "<- udp (\[$(ip6 "$1")\]|$(ip4 "$1")):[0-9]+ +MESSAGE sip:x@loop.test" "$RUN/trace.out"; }
check "each of the three went round once" test "$(from sipc) $(from sipb)" = "2 3"
check "no notice came of it" not grep -q 'Not delivered' "$SIP_LOG"
check "the second gateway still runs" alive second
check "it ends" stop second
finish
