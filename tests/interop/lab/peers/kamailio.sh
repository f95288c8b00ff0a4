# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# start_kamailio: sip.test on host "kam", UDP and TCP 5060, TLS 5061.
start_kamailio() {
  local d=$LAB_RUN/kamailio
  mkdir -p "$d"
  render "$LAB_DIR/conf/kamailio.cfg" >"$d/kamailio.cfg"
  bg kamailio kam kamailio -f "$d/kamailio.cfg" -DD -E -P "$d/pid" -Y "$d" -m 64 -M 8
  wait_tcp kam 5060 && wait_udp kam 5060
}
