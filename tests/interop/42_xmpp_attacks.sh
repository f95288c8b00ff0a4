#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hostile XMPP (tests/vectors/attacks/xmpp*): before authentication, and on a stream authenticated as peer.test.
. "$(dirname "$0")/harness.sh"
CHECK_LINES=40
setup
stoxd_start
V=$ROOT/tests/vectors/attacks
attack() { # attack FOLDER MODE
  ip netns exec "$(ns xb)" "$CLIENTS/s2s.py" --target "$(ip4 gw)" --from peer.test --to sip.test \
    --cert "$LAB_RUN/tls/peer.test.pem" --table "$V/$1/INDEX.tsv" --dir "$V/$1" --mode "$2"
}
check "before authentication" attack xmpp-preauth preauth
check "malformed and restricted XML" attack xmpp stream
check "addresses that are not the peer's" attack xmpp-authz authz
finish
