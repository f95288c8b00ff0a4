#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What fails on one side reaches the sender on the other: in the right words, with the original id, in time.
. "$(dirname "$0")/harness.sh"
setup prosody
stoxd_start

# --- SIP status -> stanza error (RFC 7247 7.2) ------------------------------------------------------------------------
while read -r code condition; do
  sip_serve --code "$code"
  check "SIP $code becomes $condition" xmpp alice@xmpp.test/a "send to=bob@ua.test body=e$code id=id$code" \
    "expect-error cond=$condition id=id$code from=^bob@ua\\\\.test timeout=20"
done <<'TABLE'
404 item-not-found
604 item-not-found
400 bad-request
403 forbidden
405 feature-not-implemented
408 remote-server-timeout
410 gone
415 not-acceptable
480 recipient-unavailable
486 recipient-unavailable
500 internal-server-error
501 feature-not-implemented
503 internal-server-error
603 recipient-unavailable
TABLE

# --- a server that asks to be left alone (RFC 3261 21.5.4) ------------------------------------------------------------
sip_serve --code 503 --header "Retry-After: 3"
check "SIP 503 with Retry-After, the first message: internal-server-error" \
  xmpp alice@xmpp.test/a 'send to=bob@ua.test body=busy1 id=b1' 'expect-error cond=internal-server-error id=b1 timeout=5'
check "the next one: resource-constraint at once" \
  xmpp alice@xmpp.test/a 'send to=bob@ua.test body=busy2 id=b2' 'expect-error cond=resource-constraint id=b2 timeout=3'
check "the server saw one request, by one transport" sip_got 'body=^busy'
sleep 4
sip_serve
check "when the time is over it is asked again" \
  xmpp alice@xmpp.test/a 'send to=bob@ua.test body=calm' 'expect-none seconds=1'
check "and takes the message" sip_got 'body=^calm$'

# --- stanza error -> SIP status (RFC 7247 7.1) ------------------------------------------------------------------------
sip_serve
# With the streams of both ways up, the error is back within milliseconds, long before the request is answered 202.
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body=warm' 'expect body=^warm$' 'expect-none seconds=1'
check "a stream each way" sip_send sip:bob@ua.test sip:alice@xmpp.test --body warm
xmpp_wait alice
while read -r condition code; do
  xmpp_start alice alice@xmpp.test/r "refuse cond=$condition" "expect body=^r-$condition" 'sleep seconds=1'
  check "$condition becomes $code" \
    sip_send sip:bob@ua.test "sip:alice@xmpp.test;gr=r" --body "r-$condition" --expect "$code"
  xmpp_wait alice >/dev/null
done <<'TABLE'
bad-request 400
conflict 400
feature-not-implemented 405
forbidden 403
gone 410
internal-server-error 500
item-not-found 404
not-acceptable 406
not-allowed 403
recipient-unavailable 480
resource-constraint 500
subscription-required 400
TABLE
check "a user that Prosody does not know: 405" \
  sip_send sip:bob@ua.test sip:nosuchuser@xmpp.test --body x --expect 405
xmpp_start alice alice@xmpp.test/r 'refuse cond=recipient-unavailable delay=2' 'expect body="^too late"' 'sleep seconds=4'
check "an error that comes later: 202" \
  sip_send sip:bob@ua.test "sip:alice@xmpp.test;gr=r" --body "too late for an answer to the request" --expect 202
check "and a message that says so" sip_got body='^Not delivered: "too late for an answer to the request" ' frm='sip:alice@xmpp.test'
xmpp_wait alice >/dev/null

# --- the far side cannot be reached -----------------------------------------------------------------------------------
fails() { # fails DOMAIN CONDITIONS SECONDS
  check "$1: $2 within $3 s" xmpp alice@xmpp.test/a "send to=bob@$1 body=x id=d1" \
    "expect-error cond=$2 id=d1 from=^bob@ timeout=$3"
}
fails dead.test 'remote-server-not-found|item-not-found|service-unavailable' 10
fails unreach.test 'remote-server-not-found|item-not-found' 10
fails refused.test 'remote-server-not-found|remote-server-timeout|internal-server-error' 34
fails blackhole.test 'remote-server-not-found|remote-server-timeout' 34
# rebind.test's better target is loopback, that is: the gateway itself.
check "rebind.test: taken" xmpp alice@xmpp.test/a 'send to=bob@rebind.test body=rebound' 'expect-none seconds=1'
check "rebind.test: delivered to the other server, not to loopback" sip_got 'body=^rebound$'
fails both.test 'item-not-found|remote-server-not-found' 10
sip_send sip:bob@ua.test sip:alice@xmpp.test --body warm >/dev/null
for d in xdead xrefused xblackhole; do
  check "$d.test: a SIP error within 34 s" \
    sip_send sip:bob@ua.test sip:alice@$d.test --body x --timeout 34 --expect 404,408,480,500,502,503,504
done
check "both.test: 404, nothing is behind" sip_send sip:bob@ua.test sip:alice@both.test --body x --expect 404

# --- no answer at all -------------------------------------------------------------------------------------------------
sip_serve --code drop
check "a phone that never answers: remote-server-timeout within 34 s (timer F)" \
  xmpp alice@xmpp.test/a 'send to=bob@ua.test body=silent id=s1' 'expect-error cond=remote-server-timeout id=s1 timeout=36'

# A burst to such a phone: nobody waits for the time-outs of the others before him.
sip_serve --code drop
xmpp_start alice alice@xmpp.test/a 'burst to=bob@ua.test count=5' 'expect-error cond=remote-server-timeout timeout=36' \
  'expect-error timeout=3' 'expect-error timeout=3' 'expect-error timeout=3' 'expect-error timeout=3' 'expect-none seconds=1'
check "five to a phone that never answers: five errors, all after one time-out" xmpp_wait alice

# --- DNS goes down: what is known goes on -----------------------------------------------------------------------------
sip_serve
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body=before' "wait-file path=$RUN/down timeout=60" \
  'send to=bob@ua.test body=during' "wait-file path=$RUN/up timeout=60" 'send to=bob@ua.test body=after' 'expect-none seconds=2'
check "with DNS" sip_got body='^before$'
kill -STOP "$(pid_of dns)"
sleep 8   # longer than the records live
touch "$RUN/down"
SIP_WAIT=32 check "DNS is silent: the pair goes on with what is known" sip_got body='^during$'
kill -CONT "$(pid_of dns)"
touch "$RUN/up"
check "DNS is back" sip_got body='^after$'
check "Alice saw no error" xmpp_wait alice
check "what did not cross is in the log with its conversation" \
  grep -qE 'not_delivered cid=[a-z2-7]+ source=xmpp.test from=alice@xmpp.test to=bob@ua.test status=404' "$LAB_RUN/stoxd.log"
finish
