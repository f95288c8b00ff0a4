#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the command line shows: status, sessions, trace (after the fact and following), check.
. "$(dirname "$0")/harness.sh"
setup prosody
stoxd_start
sip_serve
says() { local want=$1; shift; "$@" >"$RUN/says.out" 2>&1; grep -qE "$want" "$RUN/says.out" || { cat "$RUN/says.out"; false; }; }
check "status" says '^version' stox status
check "every port is open" says 'not listening: +none' stox status
check "status in JSON" sh -c '"$@" | head -1 | python3 -c "import json,sys; json.loads(sys.stdin.readline())"' - ip netns exec "$(ns gw)" "$STOX_BUILD/stox" --control "$CONTROL" --json status
check "no sessions yet" says 'no conversations' stox sessions

timeout 20 ip netns exec "$(ns gw)" "$STOX_BUILD/stox" --control "$CONTROL" trace --follow >"$RUN/follow.out" 2>&1 &
follow=$!
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body="the secret text"' 'expect body=^answer$'
sip_got body='^the secret text$' >/dev/null
check "the answer" sip_send sip:bob@ua.test sip:alice@xmpp.test --body answer
xmpp_wait alice
check "sessions shows the pair" says 'alice@xmpp.test.*bob@ua.test|bob@ua.test.*alice@xmpp.test' stox sessions
stox trace alice@xmpp.test >"$RUN/trace.out"
for part in 'MESSAGE' '200' 'message' 'bob@ua.test'; do
  check "trace shows $part" grep -q -- "$part" "$RUN/trace.out"
done
check "trace has both directions on one line of time" sh -c "grep -q -- '->' '$RUN/trace.out' && grep -q -- '<-' '$RUN/trace.out'"
check "texts are not in it" not grep -q 'the secret text' "$RUN/trace.out"
check "nor with --text, unless the configuration says so" not sh -c '"$@" | grep -q "the secret text"' - ip netns exec "$(ns gw)" "$STOX_BUILD/stox" --control "$CONTROL" trace --text
check "trace of a domain" says MESSAGE stox trace ua.test
check "trace of a stranger is empty" says 'nothing recorded' stox trace nobody@nowhere.test
kill $follow 2>/dev/null; wait $follow 2>/dev/null
check "follow saw it live" grep -q MESSAGE "$RUN/follow.out"

check "check xmpp.test: fine" stox check xmpp.test
check "check ua.test: fine" stox check ua.test
check "check dead.test finds what is missing" not stox check dead.test
check "check foreign.test: not ours, names the record that would admit it" says '_sip|_xmpp-server' stox check foreign.test
check "check nowhere.test" says 'nowhere.test' stox check nowhere.test
check "metrics" says '^stox_|^# HELP' stox metrics
check "reload by the control socket" stox reload
check "a wrong command: status 2" sh -c '"$@" >/dev/null 2>&1; test $? -eq 2' - "$STOX_BUILD/stox" --control "$CONTROL" frobnicate
check "no daemon: status 2" sh -c '"$@" >/dev/null 2>&1; test $? -eq 2' - "$STOX_BUILD/stox" --control /nonexistent status
check "the socket is for owner and group only" sh -c 'case $(stat -c %a "$1") in 600|660) ;; *) false ;; esac' - "$CONTROL"
finish
