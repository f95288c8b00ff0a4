#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# RFC 4475 and RFC 5118 over UDP and TCP; a good OPTIONS is answered between any two messages.
. "$(dirname "$0")/harness.sh"
CHECK_LINES=70
setup
stoxd_start
V=$ROOT/tests/vectors/sip
torture() { # torture TRANSPORT
  ip netns exec "$(ns sipb)" "$CLIENTS/torture.py" --table "$V/EXPECTED.tsv" --dir "$V" --target "$(ip4 gw):5060" \
    --local "$(ip4 sipb)" --transport "$1"
}
rss() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(stoxd_pid)/status"; }
before=$(rss)
check "every torture message over UDP" torture udp
after=$(rss)
check "memory stays (${before} -> ${after} kB)" test $((after - before)) -lt "$(grep -qa asan_init "$STOX_BUILD/stoxd" && echo 65536 || echo 8192)"
# From the start again: the same branches are retransmissions for half a minute.
stoxd_stop; stoxd_start
check "every torture message over TCP" torture tcp
# The trap in bcast.dat: nothing may go to the broadcast address that its Via names.
check "nothing went to 255.255.255.255" not grep -q '255\.255\.255\.255:5060' "$LAB_RUN/stoxd.log"
finish
