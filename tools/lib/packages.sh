# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Debian 12 packages by purpose, and how to install them without a question asked.

packages_build() { # what the build needs: the same as Build-Depends in debian/control
  echo g++ cmake ninja-build pkg-config libboost1.81-dev libboost-json1.81-dev \
    'libexpat1-dev>=2.5.0-1+deb12u2' libpugixml-dev libssl-dev \
    libc-ares-dev libspdlog-dev libfmt-dev libcli11-dev libtomlplusplus-dev libicu-dev libidn2-dev \
    prometheus-cpp-dev libsystemd-dev catch2
}
packages_lab() { # real peers and what the lab is made of
  echo iproute2 procps util-linux openssl dnsmasq-base bind9-dnsutils iptables prosody ejabberd kamailio \
    kamailio-tls-modules sip-tester baresip-core python3 python3-slixmpp
}
packages_demo() { # the demo's two ends
  echo iproute2 procps util-linux openssl dnsmasq-base prosody kamailio kamailio-tls-modules \
    baresip-core python3 python3-slixmpp
}
packages_bench() { # the programs of bench/
  echo libbenchmark-dev valgrind
}
packages_checks() { # formatting, static analysis, scripts
  echo git clang-format-14 clang-tidy-16 shellcheck python3
}
packages_fuzz() { # libFuzzer comes with clang only
  echo clang-16 libclang-rt-16-dev
}
packages_deb() { # making, judging and booting the package
  echo dpkg-dev debhelper fakeroot lintian debootstrap systemd ca-certificates openssl
}

# missing PACKAGE[>=VERSION]...: the names of those that are not installed, or too old.
missing() {
  local want name have
  for want in "$@"; do
    name=${want%%>=*}
    have=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$name" 2>/dev/null)
    case $have in
      "installed "*) ;;
      *) echo "$name"; continue ;;
    esac
    if [ "$want" != "$name" ] && dpkg --compare-versions "${have#installed }" lt "${want#*>=}"; then echo "$name"; fi
  done
}
# install_packages PACKAGE...: installs what is missing. Daemons that packages bring are not started: the lab starts
# its own copies, and a stock Prosody or Kamailio on this machine is nobody's wish.
install_packages() {
  local -a todo
  mapfile -t todo < <(missing "$@")
  [ ${#todo[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || { echo "needs root to install: ${todo[*]}" >&2; return 1; }
  local policy=/usr/sbin/policy-rc.d made="" log status
  log=$(mktemp)
  if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy; made=1; fi
  local -a apt=(apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
  {
    "${apt[@]}" update &&
      DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "${todo[@]}"
  } >"$log" 2>&1 </dev/null
  status=$?
  [ -z "$made" ] || rm -f $policy
  [ $status -eq 0 ] || tail -n 20 "$log" >&2
  rm -f "$log"
  return $status
}
