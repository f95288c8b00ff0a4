#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""cut.py PID PORT...: resets every TCP connection of a process that has one of these ports at either end, as a router that
forgot it would: both ends get ECONNRESET. Prints a line for each. `ss -K` needs a kernel option that is often missing; this
takes the process's socket (pidfd_getfd, Linux 5.6) and disconnects it (connect to AF_UNSPEC)."""
import ctypes
import os
import socket
import struct
import sys

PIDFD_GETFD = 438
libc = ctypes.CDLL(None, use_errno=True)


def sockets_of(pid):
    """Duplicates of the process's sockets."""
    process = os.pidfd_open(pid)
    for name in os.listdir("/proc/%d/fd" % pid):
        try:
            if not os.readlink("/proc/%d/fd/%s" % (pid, name)).startswith("socket:"):
                continue
        except OSError:
            continue  # closed meanwhile
        fd = libc.syscall(PIDFD_GETFD, process, int(name), 0)
        if fd >= 0:
            yield socket.socket(fileno=fd)
    os.close(process)


def main():
    pid, ports = int(sys.argv[1]), [int(p) for p in sys.argv[2:]]
    for s in sockets_of(pid):
        with s:
            if s.type != socket.SOCK_STREAM or s.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            try:
                own, peer = s.getsockname(), s.getpeername()
            except OSError:
                continue  # listens
            if own[1] not in ports and peer[1] not in ports:
                continue
            address = struct.pack("H", socket.AF_UNSPEC) + bytes(14)
            status = libc.connect(s.fileno(), address, len(address))
            print("%s:%d - %s:%d %s" % (own[0], own[1], peer[0], peer[1],
                                        "cut" if status == 0 else os.strerror(ctypes.get_errno())), flush=True)
    return 0


sys.exit(main())
