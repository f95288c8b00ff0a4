#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGHUP reloads the configuration without dropping anything; an error keeps the old one.
. "$(dirname "$0")/harness.sh"
setup prosody
printf 'serve = "all"\n' >"$LAB_RUN/stoxd.toml"
stoxd_start --config "$LAB_RUN/stoxd.toml"
sip_serve
xmpp_start alice alice@xmpp.test/a 'send to=bob@ua.test body=one' 'expect body=^two$' 'expect body=^three$' 'expect body=^four$'
check "before" sip_got body='^one$'
connections() { ip netns exec "$(ns gw)" ss -Htn state established "( dport = :5269 or sport = :5269 )" | sort; }
before=$(connections)
kill -HUP "$(stoxd_pid)"; sleep 1
check "the s2s connections are the same" test "$(connections)" = "$before"
check "a message right after" sip_send sip:bob@ua.test sip:alice@xmpp.test --body two
echo 'serve = "nobody"' >"$LAB_RUN/stoxd.toml"
kill -HUP "$(stoxd_pid)"
check "a wrong value is said with its line" within 5 grep -qE 'stoxd\.toml:1' "$LAB_RUN/stoxd.log"
check "and the old configuration stays" sip_send sip:bob@ua.test sip:alice@xmpp.test --body three
# What counts only from the next start changes nothing now, least of all what status reads.
cat >"$LAB_RUN/stoxd.toml" <<TOML
[component]
domain = "sip.xmpp.test"
secret = "s"
[xmpp]
tcp_port = 5299
TOML
check "a component that comes with a reload waits for the start" stox reload
check "status says nothing of it" not sh -c '"$@" | grep -q sip.xmpp.test' - ip netns exec "$(ns gw)" "$STOX_BUILD/stox" --control "$CONTROL" status
check "and messages go on" sip_send sip:bob@ua.test sip:alice@xmpp.test --body four
check "Alice got all three" xmpp_wait alice
for _ in $(seq 20); do kill -HUP "$(stoxd_pid)"; done
check "twenty signals at once" within 5 stox status
stoxd_stop >/dev/null
cat >"$LAB_RUN/stoxd.toml" <<TOML
[component]
host = "$(ip4 pros)"
domain = "sip.xmpp.test"
secret = "labsecret"
TOML
stoxd_start --config "$LAB_RUN/stoxd.toml"
: >"$LAB_RUN/stoxd.toml"
check "a component that goes with a reload stays until the next start" stox reload
check "and is shown" sh -c '"$@" | grep -q sip.xmpp.test' - ip netns exec "$(ns gw)" "$STOX_BUILD/stox" --control "$CONTROL" status
finish
