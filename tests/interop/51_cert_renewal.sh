#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Certificates change under a running stoxd (F16): new ones are used, a bad pair leaves the old one with one log line.
. "$(dirname "$0")/harness.sh"
setup prosody
stoxd_start
sip_serve
xmpp alice@xmpp.test/a 'send to=bob@ua.test body=open' 'expect-none seconds=1' >/dev/null
check "a stream is open" sip_got body='^open$'
serial() {
  nsx pros timeout 5 openssl s_client -connect "$(ip4 gw):5270" -servername ua.test -alpn xmpp-server </dev/null 2>/dev/null |
    openssl x509 -noout -serial
}
first=$(serial)
check "port 5270 shows a certificate ($first)" test -n "$first"
renew() { # renew FILE: another certificate for the same names
  "$LAB_DIR/mkcerts" one "$1" serverAuth ua.test sip.test uatcp.test uatls.test gw.gw.test
}
renew next; cp "$LAB_RUN/tls/next.pem" "$LAB_RUN/tls/gw/gw.pem"
changed() { [ "$(serial)" != "$first" ]; }
check "new handshakes use the new one within 60 s, without a signal" within 62 changed
second=$(serial)
check "the open stream lives on" xmpp alice@xmpp.test/a 'send to=bob@ua.test body=still' 'expect-none seconds=1'
check "still" sip_got body='^still$'

# A key that does not fit, at SIGHUP: the old pair stays.
cat "$LAB_RUN/tls/next.crt" "$LAB_RUN/tls/ejab.test.key" >"$LAB_RUN/tls/gw/gw.pem"
kill -HUP "$(stoxd_pid)"
check "a bad pair is named in the log" within 10 grep -qE 'gw\.pem' "$LAB_RUN/stoxd.log"
check "the old one stays" test "$(serial)" = "$second"
rm "$LAB_RUN/tls/gw/gw.pem"
kill -HUP "$(stoxd_pid)"; sleep 1
check "also when the file is gone, stoxd goes on" test -n "$(serial)"
renew third; cp "$LAB_RUN/tls/third.pem" "$LAB_RUN/tls/gw/third.pem"
kill -HUP "$(stoxd_pid)"
newer() { local s; s=$(serial); [ -n "$s" ] && [ "$s" != "$second" ]; }
check "SIGHUP takes the next one at once" within 5 newer
finish
