# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# baresip_ua HOST USER [CONTACT] [ACCOUNT-PARAMS]: a baresip on sipa, sipb or sipc, registered with sip.test.
#   CONTACT is whom `baresip_message HOST TEXT` writes to. BS_ADDR binds to another address of the host (IPv6).
baresip_ua() {
  local h=$1 u=$2 contact=${3:-} prm=${4:-} d=$LAB_RUN/bs-$1
  rm -rf "$d"; mkdir -p "$d"
  render "$LAB_DIR/conf/baresip.config" | sed -e "s|@ADDR@|${BS_ADDR:-$(ip4 "$h")}|" >"$d/config"
  echo "<sip:$u@sip.test>;auth_user=$u;auth_pass=pass;regint=600$prm" >"$d/accounts"
  [ -z "$contact" ] || printf '"peer" <%s>\n' "$contact" >"$d/contacts"
  # The "message" command goes to the current contact.
  echo "$contact" >"$d/current_contact"
  # No newline here: baresip puts the file's bytes into +sip.instance as they are.
  printf '11111111-2222-3333-4444-%012d' "${LAB_HOST[$h]}" >"$d/uuid"
  bg "baresip-$h" "$h" baresip -f "$d" -s
  wait_tcp "$h" 4444
}
# baresip_registered HOST: waits until its registration is in place.
baresip_registered() {
  for _ in $(seq 50); do
    baresip_ctl "$1" reginfo | grep -q OK && return 0
    sleep 0.2
  done
  return 1
}
baresip_ctl()     { local h=$1; shift; ip netns exec "$(ns "$h")" "$LAB_DIR/../clients/baresipctl.py" "$@" | sed 's/\x1b\[[0-9;]*[mK]//g'; }
baresip_message() { baresip_ctl "$1" message "$2" >/dev/null; }
# baresip_log HOST: what it printed, without colours; incoming messages are in it.
baresip_log()     { sed 's/\x1b\[[0-9;]*[mK]//g' "$LAB_RUN/baresip-$1.log"; }
