#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One address family dies under an open stream (F5, F18): no reset, no answer. The message that goes into the half-open
# stream still arrives while its sender waits, over the other family.
. "$(dirname "$0")/harness.sh"
setup prosody
stoxd_start
sip_serve
xmpp_start alice alice@xmpp.test/a 'expect body=^warm$' 'expect body=^late$ timeout=60' 'expect-none seconds=2'
check "the stream is open" sip_send sip:bob@ua.test sip:alice@xmpp.test --body warm
# What goes to Prosody's address is sent to a neighbour that does not exist.
lose() { ip -n "$(ns gw)" neigh replace "$1" lladdr 02:00:00:00:00:fa dev eth0 nud permanent; }
streams() { ip netns exec "$(ns gw)" ss -Htn state established "( dport = :5269 or dport = :5270 )"; }
check "there is a stream to lose" sh -c "[ -n '$(streams)' ]"
if streams | grep -qF "[$(ip6 pros)]"; then dead=$(ip6 pros); else dead=$(ip4 pros); fi
lose "$dead"
check "a message into the half-open stream is taken in time" \
  sip_send sip:bob@ua.test sip:alice@xmpp.test --body late --timeout 30
check "Alice got it, once" xmpp_wait alice
finish
