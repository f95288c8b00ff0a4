# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# start_prosody: xmpp.test on host "pros"; users alice bob carol admin, password "pass".
# PROSODY_CERT=self-xmpp.test (self-signed), PROSODY_S2S_AUTH=secure (refuses certificates it cannot verify),
# PROSODY_BIDI=1 (bidirectional streams, XEP-0288).
start_prosody() {
  local d=$LAB_RUN/prosody u
  mkdir -p "$d/data"
  render "$LAB_DIR/conf/prosody.cfg.lua" >"$d/prosody.cfg.lua"
  for u in alice bob carol admin; do
    [ -f "$d/data/xmpp%2etest/accounts/$u.dat" ] || prosody_user "$u"
  done
  bg prosody pros prosody --root --config "$d/prosody.cfg.lua" -F
  wait_tcp pros 5222 && wait_tcp pros 5269
}
# prosody_user NAME: what `prosodyctl register` leaves on disk, without half a second of start-up each.
prosody_user() {
  local d=$LAB_RUN/prosody/data/xmpp%2etest/accounts
  mkdir -p "$d"
  printf 'return {\n\t["password"] = "pass";\n};\n' >"$d/$1.dat"
}
