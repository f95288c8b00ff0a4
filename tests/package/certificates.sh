#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# certificates.sh: what /usr/lib/stoxd/copy-certificates does with good, bad, renewed and vanished ACME pairs.
set -uo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
D=$(mktemp -d)
trap 'rm -rf "$D"' EXIT
failed=0
check() { local text=$1; shift; if "$@"; then echo "ok: $text"; else echo "NOT OK: $text"; failed=1; fi; }
not() { ! "$@"; }
copy() { STOXD_CERTS=$D/state/certs STOXD_GROUP=$(id -gn) STOXD_ACME=$D/live sh "$ROOT/debian/bin/copy-certificates" >"$D/out" 2>&1; }
pair() { # pair NAME
  mkdir -p "$D/live/$1"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 9 -subj "/CN=$1" \
    -keyout "$D/live/$1/privkey.pem" -out "$D/live/$1/fullchain.pem" 2>/dev/null
}
mkdir -p "$D/state" "$D/live"
pair a.example; pair b.example
check "runs" copy
check "a pair becomes one file" grep -q 'PRIVATE KEY' "$D/state/certs/acme-a.example.pem"
check "readable for the group only" test "$(stat -c %a "$D/state/certs/acme-a.example.pem")" = 640
check "the directory too" test "$(stat -c %a "$D/state/certs")" = 750
before=$(stat -c %i "$D/state/certs/acme-a.example.pem")
check "again" copy
check "what did not change is not replaced" test "$(stat -c %i "$D/state/certs/acme-a.example.pem")" = "$before"
old=$(sha256sum <"$D/state/certs/acme-a.example.pem")
cp "$D/live/b.example/privkey.pem" "$D/live/a.example/privkey.pem"
check "with a bad pair" copy
check "it is named" grep -q 'a.example: the key does not fit' "$D/out"
check "and the old one stays" test "$(sha256sum <"$D/state/certs/acme-a.example.pem")" = "$old"
pair a.example
check "renewed" copy
check "the new one is taken" not test "$(sha256sum <"$D/state/certs/acme-a.example.pem")" = "$old"
# A chain file whose last line has no end.
pair c.example
printf %s "$(cat "$D/live/c.example/fullchain.pem")" >"$D/live/c.example/unended"
mv "$D/live/c.example/unended" "$D/live/c.example/fullchain.pem"
check "a chain without its last line end" copy
check "does not run into the key" openssl pkey -in "$D/state/certs/acme-c.example.pem" -noout
check "nor lose the certificate" openssl x509 -in "$D/state/certs/acme-c.example.pem" -noout
# The key comes while the copy runs.
pair d.example
mv "$D/live/d.example/privkey.pem" "$D/late"
(sleep 0.5; mv "$D/late" "$D/live/d.example/privkey.pem") &
check "while a pair is being written" copy
wait
check "it is taken in the same run" test -f "$D/state/certs/acme-d.example.pem"
rm -r "$D/live/b.example"
check "with one gone" copy
check "its copy goes" not test -e "$D/state/certs/acme-b.example.pem"
mv "$D/state/certs" "$D/elsewhere"; ln -s "$D/elsewhere" "$D/state/certs"
check "a symbolic link in the place of the directory is refused" not copy
exit $failed
