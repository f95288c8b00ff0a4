#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""baresipctl COMMAND [PARAMS]: one command to baresip's ctrl_tcp (JSON in netstrings); prints the answer."""
import json
import socket
import sys


def netstring(value):
    data = json.dumps(value).encode()
    return b"%d:%s," % (len(data), data)


def read(sock, buf):
    while b":" not in buf or len(buf) < int(buf.split(b":")[0]) + len(buf.split(b":")[0]) + 2:
        data = sock.recv(65536)
        if not data:
            raise EOFError
        buf += data
    size, rest = buf.split(b":", 1)
    return json.loads(rest[:int(size)]), rest[int(size) + 1:]


sock = socket.create_connection(("127.0.0.1", 4444), 5)
sock.sendall(netstring({"command": sys.argv[1], "params": " ".join(sys.argv[2:]), "token": "t"}))
buf = b""
while True:
    message, buf = read(sock, buf)
    if message.get("response"):
        print(message.get("data", "").strip())
        sys.exit(0 if message.get("ok") else 1)
