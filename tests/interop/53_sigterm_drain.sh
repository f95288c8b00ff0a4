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

# A phone that says nothing: at the end of the drain whoever wrote to it is told.
stoxd_start
sip_serve --code drop
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body=never id=never' 'expect-error id=never timeout=40'
check "the silent phone has it" sip_got body='^never$'
kill -HUP "$(stoxd_pid)"
started=$SECONDS
check "exit 0 within 30 s with a silent phone" stoxd_stop 31
check "the sender got an error" xmpp_wait alice

stoxd_start
sip_serve --code drop
xmpp_start alice alice@xmpp.test/a 'expect body=^first$' 'send to=bob@ua.test body=never2 id=never2' 'expect-error id=never2 timeout=10'
# So that a stream for answers is there: opening one may take longer than the second signal leaves.
check "a message the other way" sip_send sip:bob@ua.test sip:alice@xmpp.test --body first
check "the silent phone has this one too" sip_got body='^never2$'
pid=$(stoxd_pid)
kill -TERM "$pid"; sleep 0.3; kill -HUP "$pid"; sleep 0.5
check "SIGHUP during the drain is no second signal" running "$pid"
kill -TERM "$pid" 2>/dev/null
check "a second SIGTERM ends it within 2 s" within 3 not running "$pid"
rm -f "$LAB_RUN/stoxd.pid"
check "and the sender got an error" xmpp_wait alice
finish
