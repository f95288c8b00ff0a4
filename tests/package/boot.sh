#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# boot.sh [DEB]: the package on a real systemd. A fresh Debian is booted as host gw of the lab, the .deb is installed
# there with no question asked, and messages cross through the confined service; then new certificates, reload,
# watchdog, upgrade, purge. DEB defaults to the newest stoxd_*.deb under build/deb.
INTEROP=$(cd "$(dirname "$0")/../interop" && pwd)
. "$INTEROP/harness.sh"
. "$(dirname "$0")/machine.sh"
DEB=${1:-$(ls -t "$ROOT"/build/deb/stoxd_*.deb 2>/dev/null | head -1)}
[ -f "$DEB" ] || { echo "FAIL $SCENARIO: no package; build it with tools/test package"; exit 1; }
setup prosody
MACHINE=$RUN/machine
gone() {
  local status=$?
  machine_halt
  rm -rf --one-file-system "$MACHINE"
  (exit $status); teardown
}
trap gone EXIT

# --- a Debian with what the package depends on, nothing else ---------------------------------------------------------
# debootstrap knows real packages only: a virtual one (an ABI name) is its first provider.
real_package() {
  if [ -n "$(apt-cache show "$1" 2>/dev/null)" ]; then echo "$1"; return; fi
  apt-cache showpkg "$1" | sed -n '/^Reverse Provides:/,$p' | sed -n '2s/ .*//p'
}
mapfile -t named < <(dpkg-deb -f "$DEB" Depends Pre-Depends | sed 's/^[A-Za-z-]*: //' | tr ',' '\n' |
  sed -E 's/\|.*//; s/\(.*//; s/:any//; s/[[:space:]]//g' | grep -v '^$' | sort -u)
mapfile -t depends < <(for p in "${named[@]}"; do real_package "$p"; done)
machine_make "$MACHINE" "${depends[@]}" ca-certificates >"$RUN/debootstrap.log" 2>&1 ||
  { tail -n 5 "$RUN/debootstrap.log"; echo "FAIL $SCENARIO: debootstrap"; exit 1; }
echo "     (debootstrap: $SECONDS s)"
cp "$LAB_RUN/tls/ca.pem" "$MACHINE/usr/local/share/ca-certificates/lab.crt"
chroot "$MACHINE" update-ca-certificates >/dev/null 2>&1
cp "/etc/netns/$(ns gw)/resolv.conf" "/etc/netns/$(ns gw)/hosts" "$MACHINE/etc/"
echo gw >"$MACHINE/etc/hostname"
cp "$DEB" "$MACHINE/root/stoxd.deb"
check "the machine boots" machine_boot "$MACHINE" "$(ns gw)" gw

m() { machine_run "$@"; }
install_deb() { m apt-get -q -y -o Dpkg::Use-Pty=0 install "$1" </dev/null; }
main_pid() { m systemctl show -P MainPID stoxd; }
active() { [ "$(m systemctl is-active stoxd)" = active ]; }
both_ways() { # both_ways TAG
  xmpp_start alice alice@xmpp.test/a "send to=bob@ua.test body=to-sip-$1" "expect body=^to-xmpp-$1\$ from=^bob@ua\\\\.test"
  check "$1: XMPP to SIP through the service" sip_got body="^to-sip-$1$"
  check "$1: SIP to XMPP through the service" sip_send sip:bob@ua.test sip:alice@xmpp.test --body "to-xmpp-$1"
  check "$1: Alice got it" xmpp_wait alice
}

# --- install ---------------------------------------------------------------------------------------------------------
check "installs with no question asked" install_deb /root/stoxd.deb
check "the service is active" within 20 active
active || m journalctl --no-pager -u stoxd -n 20
check "it runs as stoxd" test "$(m stat -c %U "/proc/$(main_pid)")" = stoxd
check "its exposure is 1.5 or better" m systemd-analyze security --offline=true --threshold=15 stoxd.service
check "without capabilities" grep -q '^CapEff:[[:space:]]*0*$' "/proc/$(pgrep -P "$MACHINE_PID" -x stoxd)/status"
check "state is the service's alone" test "$(m stat -c '%U %a' /var/lib/stoxd)" = "stoxd 700"
check "stox answers" within 10 m stox status

# --- certificates of an ACME client arrive by the path unit -----------------------------------------------------------
m mkdir -p /etc/letsencrypt/live /etc/letsencrypt/renewal
m systemctl restart stoxd-certs.path
mkdir "$RUN/gw"; cp "$LAB_RUN/tls/gw.crt" "$RUN/gw/fullchain.pem"; cp "$LAB_RUN/tls/gw.key" "$RUN/gw/privkey.pem"
chmod 600 "$RUN/gw/privkey.pem"; cp -r "$RUN/gw" "$MACHINE/etc/letsencrypt/live/gw"
check "the timer that looks every hour is set" test "$(m systemctl is-active stoxd-certs.timer)" = active
check "the path unit copies them" within 15 m test -f /var/lib/stoxd/certs/acme-gw.pem
check "readable for stoxd only" test "$(m stat -c '%U:%G %a' /var/lib/stoxd/certs/acme-gw.pem)" = "root:stoxd 640"
sip_serve
m systemctl reload stoxd
both_ways first

# --- reload, watchdog -------------------------------------------------------------------------------------------------
before=$(main_pid)
check "systemctl reload" m systemctl reload stoxd
sleep 1
check "reload kept the process" test "$(main_pid)" = "$before"
both_ways reloaded
m mkdir -p /run/systemd/system/stoxd.service.d
printf '[Service]\nWatchdogSec=2\n' | m tee /run/systemd/system/stoxd.service.d/short.conf >/dev/null
m systemctl daemon-reload; m systemctl restart stoxd; within 20 active
before=$(main_pid)
m kill -STOP "$before"
restarted() { active && [ "$(main_pid)" != "$before" ] && [ "$(m systemctl show -P NRestarts stoxd)" -ge 1 ]; }
check "a loop that stands still is restarted by the watchdog" within 30 restarted
both_ways watchdog

# --- upgrade, purge ---------------------------------------------------------------------------------------------------
dpkg-deb -R "$DEB" "$RUN/next"
version=$(dpkg-deb -f "$DEB" Version)
sed -i "s/^Version: .*/Version: $version+next1/" "$RUN/next/DEBIAN/control"
dpkg-deb --root-owner-group -b "$RUN/next" "$MACHINE/root/next.deb" >/dev/null
m sh -c 'echo kept >/var/lib/stoxd/marker'
before=$(main_pid)
check "upgrades" install_deb /root/next.deb
check "the new version is installed" test "$(m dpkg-query -W -f '${Version}' stoxd)" = "$version+next1"
check "active again after the upgrade" within 20 active
check "it was restarted" test "$(main_pid)" != "$before"
check "state is kept" m test -f /var/lib/stoxd/marker -a -f /var/lib/stoxd/certs/acme-gw.pem
both_ways upgraded
m rm -rf /etc/letsencrypt/live /run/systemd/system/stoxd.service.d
check "removing keeps the state" m sh -c 'apt-get -q -y remove stoxd </dev/null && test -f /var/lib/stoxd/marker'
m sh -c 'mkdir -p /etc/stoxd/certs && echo "serve = \"own\"" >/etc/stoxd/stoxd.toml && cp /usr/local/share/ca-certificates/lab.crt /etc/stoxd/certs/'
check "purges" m sh -c 'apt-get -q -y purge stoxd </dev/null'
leftover=$(m sh -c 'find / -xdev \( -path /proc -o -path /sys -o -path /root \) -prune -o -iname "*stoxd*" -print' | grep -v '^/var/log')
check "nothing is left: ${leftover:-nothing}" test -z "$leftover"
check "not even its user" not m getent passwd stoxd
check "no unit failed" test -z "$(m systemctl --failed --no-legend | grep stoxd)"
finish
