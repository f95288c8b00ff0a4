#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGTERM drains (F14): work in progress is answered, streams are closed in order, exit 0 in time; a second one is faster.
. "$(dirname "$0")/harness.sh"
setup prosody
stoxd_start
sip_serve --delay 2
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body=slow' 'sleep seconds=4'
check "a message is under way" sip_got body='^slow$'
xmpp_start second alice@xmpp.test/b 'send to=bob@ua.test body=slow2 id=s2' 'sleep seconds=6'
sleep 0.3
started=$SECONDS
check "exit 0 within 30 s" stoxd_stop 31
check "it took $((SECONDS - started)) s" test $((SECONDS - started)) -le 30
check "Prosody saw the streams end, not break" within 3 grep -qE 's2s(in|out).*(</stream:stream>|stream closed|closed)' "$LAB_RUN/prosody/prosody.log"
xmpp_wait alice >/dev/null; xmpp_wait second >/dev/null
check "the message under way was not lost in silence" \
  sh -c "grep -q slow2 '$SIP_LOG' || grep -q '\"id\": \"s2\".*cond' '$RUN/xmpp-second.log'"

stoxd_start
sip_serve --code drop
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body=never' 'sleep seconds=8'
sleep 1.5
pid=$(stoxd_pid)
kill -TERM "$pid"; sleep 0.5; kill -TERM "$pid" 2>/dev/null
check "a second SIGTERM ends it within 2 s" within 3 not running "$pid"
rm -f "$LAB_RUN/stoxd.pid"
xmpp_wait alice >/dev/null
finish
