# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# machine.sh - a Debian of its own, booted with systemd as PID 1 in its own pid, mount, cgroup, uts and ipc namespaces,
# on the network namespace it is given. No container tool is needed.
#
#   machine_make ROOT PACKAGE...     debootstrap with these packages
#   machine_boot ROOT NETNS NAME     starts it; MACHINE_PID is its init as seen from here
#   machine_run CMD...               runs CMD in it
#   machine_halt                     ends it and everything in it
MACHINE_PID=

machine_make() {
  local root=$1 IFS=,; shift
  debootstrap --variant=minbase --include="systemd,systemd-sysv,dbus,$*" bookworm "$root" \
    ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} || return 1
  # Units that would reach for the shared kernel.
  local unit
  for unit in sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount systemd-journald-audit.socket \
    systemd-modules-load.service systemd-sysctl.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
}

# machine_cgroup: a cgroup (v2) of its own, so that the machine's systemd owns a subtree and sees nothing else.
machine_cgroup() {
  local base
  base=$(findmnt -n -t cgroup2 -o TARGET | head -1)
  [ -n "$base" ] || { echo "no cgroup2 file system is mounted" >&2; return 1; }
  MACHINE_CGROUP=$base/stoxmachine.$$
  mkdir -p "$MACHINE_CGROUP"
}

# Runs as PID 1 of the machine: mounts what a container is given, then becomes systemd.
# shellcheck disable=SC2016
MACHINE_INIT='
set -e
root=$1 name=$2
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
# The kernel is shared: its settings and devices are not the machine'"'"'s to change.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -o remount,bind,ro,nosuid,nodev,noexec "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "$root/dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 "$root/dev/tty" c 5 0
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
hostname "$name"
cd "$root"
mkdir -p .old
pivot_root . .old
umount -l /.old
exec env -i container=stox PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  setpriv --bounding-set -sys_module,-sys_time,-sys_rawio,-audit_control,-audit_write,-syslog /sbin/init --log-target=console --show-status=no </dev/null
'
machine_boot() {
  local root=$1 net=$2 name=$3 outer
  machine_cgroup || return 1
  # The shell enters the cgroup before the namespace is made: the namespace has its root there.
  MACHINE_LOG=$root.log
  setsid sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$MACHINE_CGROUP" \
    nsenter --net="/run/netns/$net" unshare --mount --uts --ipc --cgroup --pid --fork --kill-child \
    sh -c "$MACHINE_INIT" machine "$root" "$name" >"$MACHINE_LOG" 2>&1 </dev/null &
  outer=$!
  for _ in $(seq 100); do
    MACHINE_PID=$(pgrep -P "$outer" | head -1)
    [ -n "$MACHINE_PID" ] && [ "$(cat "/proc/$MACHINE_PID/comm" 2>/dev/null)" = systemd ] && break
    sleep 0.1
  done
  MACHINE_OUTER=$outer
  for _ in $(seq 300); do
    case $(machine_run systemctl is-system-running 2>/dev/null) in running|degraded) return 0 ;; esac
    sleep 0.1
  done
  echo "the machine did not boot" >&2
  tail -n 20 "$MACHINE_LOG" >&2
  return 1
}
machine_run() {
  nsenter --target "$MACHINE_PID" --mount --uts --ipc --net --pid --cgroup --root --wd \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}
machine_halt() {
  [ -n "$MACHINE_PID" ] || return 0
  machine_run systemctl --no-block poweroff >/dev/null 2>&1
  for _ in $(seq 100); do kill -0 "$MACHINE_OUTER" 2>/dev/null || break; sleep 0.1; done
  # Killing PID 1 of a pid namespace ends all that lives in it.
  kill -KILL "$MACHINE_PID" 2>/dev/null
  wait "$MACHINE_OUTER" 2>/dev/null
  MACHINE_PID=
  for _ in $(seq 50); do
    find "$MACHINE_CGROUP" -depth -type d -exec rmdir {} \; 2>/dev/null
    [ -d "$MACHINE_CGROUP" ] || break
    sleep 0.1
  done
}
