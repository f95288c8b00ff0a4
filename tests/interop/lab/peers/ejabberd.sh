# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# start_ejabberd: ejab.test on host "ejab"; users alice bob carol, password "pass".
# EJABBERD_CERT=self-ejab.test (self-signed), EJABBERD_S2S=required_trusted (refuses what it cannot verify).
# ERL_DIST_PORT avoids epmd, which would stay behind as a daemon.
start_ejabberd() {
  local d=$LAB_RUN/ejabberd u
  mkdir -p "$d/spool" "$d/log"
  render "$LAB_DIR/conf/ejabberd.yml" |
    sed -e "s|@S2S@|${EJABBERD_S2S:-required}|" -e "s|@CERT@|${EJABBERD_CERT:-ejab.test}|" >"$d/ejabberd.yml"
  printf 'ERL_DIST_PORT=5210\n' >"$d/ejabberdctl.cfg"
  printf '{lookup,["file","native","dns"]}.\n' >"$d/inetrc"
  chown -R ejabberd "$d"
  local ctl=(ejabberdctl --config-dir "$d" --config "$d/ejabberd.yml" --ctl-config "$d/ejabberdctl.cfg"
             --logs "$d/log" --spool "$d/spool")
  bg ejabberd ejab "${ctl[@]}" foreground
  wait_tcp ejab 5222 && wait_tcp ejab 5269 || return 1
  [ -f "$d/registered" ] && return 0
  for u in alice bob carol; do nsx ejab "${ctl[@]}" register "$u" ejab.test pass >>"$d/register.log" 2>&1 || true; done
  touch "$d/registered"
}
