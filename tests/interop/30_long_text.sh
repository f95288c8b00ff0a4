#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Long texts cross whole, once; a thousand numbered messages each way keep their order.
. "$(dirname "$0")/harness.sh"
setup prosody
stoxd_start
sip_serve
for size in 1000 1400 10000 64000; do
  check "$size bytes to SIP" xmpp alice@xmpp.test/a "send to=bob@ua.test size=$size" 'expect-none seconds=1'
  sum=$(python3 -c "import hashlib;s=$size;print(hashlib.sha256(''.join('%07d '%n for n in range(s//8+1))[:s].encode()).hexdigest())")
  check "$size bytes arrived whole" sip_got len="^$size$" sha="^$sum$"
  xmpp_start alice alice@xmpp.test/a "expect len=$size sha=$sum timeout=20" 'expect-none seconds=1'
  transport=$([ $size -gt 1200 ] && echo tcp || echo udp)
  check "$size bytes to XMPP over $transport" sip_send sip:bob@ua.test sip:alice@xmpp.test --size $size --transport $transport
  check "$size bytes arrived whole and once" xmpp_wait alice
done

# The sender's own limit (10/s, burst of 50) is raised here: order and loss are the question.
stoxd_stop
printf '[limits]\nsender_messages_per_second = 100000\nsender_message_burst = 100000\n' >"$LAB_RUN/stoxd.toml"
stoxd_start --config "$LAB_RUN/stoxd.toml"
sip_serve
check "1000 messages to SIP" xmpp alice@xmpp.test/a 'burst to=bob@ua.test count=1000' 'expect-none seconds=8'
SIP_COUNT=1000 SIP_WAIT=40 check "1000 arrived" sip_got 'body=^n [0-9]+$'
in_order() {
  python3 - "$SIP_LOG" <<'PY'
import json, sys
seen = [int(r["body"][2:]) for r in map(json.loads, open(sys.argv[1])) if r["ev"] == "request" and r["body"].startswith("n ")]
wrong = next((i for i, n in enumerate(seen, 1) if n != i), None)
print("first out of order at", wrong, seen[wrong - 3:wrong + 3] if wrong else "")
sys.exit(wrong is not None)
PY
}
check "in order" in_order
xmpp_start alice alice@xmpp.test/a 'expect-burst count=1000 timeout=90' 'expect-none seconds=1'
check "1000 messages to XMPP, each answered" sip_send sip:bob@ua.test sip:alice@xmpp.test --transport tcp --count 1000 --window 100 --timeout 100
check "1000 arrived in order, once each" xmpp_wait alice
finish
