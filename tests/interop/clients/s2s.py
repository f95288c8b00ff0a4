#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A server-to-server XMPP peer that misbehaves on demand.

  s2s.py --target HOST --from DOMAIN --to DOMAIN --cert PEM --table TSV --dir DIR --mode stream|authz|preauth
      Feeds each file of the table on a connection of its own (stream, authz: direct TLS and SASL EXTERNAL first; preauth:
      raw to port 5269) and compares the reaction; a good stream must still be served after each.
  s2s.py --target HOST --from DOMAIN --to DOMAIN --cert PEM --stanza XML [--expect TEXT] [--refuse TEXT] [--seconds S]
      Sends one stanza on an authenticated stream and prints what comes back.
"""
import argparse
import csv
import os
import socket
import ssl
import sys
import time

STREAM = ("<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
          "from='%s' to='%s' version='1.0'>")


class Peer:
    def __init__(self, args, port=5270):
        self.args = args
        self.sock = socket.create_connection((args.target, port), 5)
        if port == 5270:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.load_cert_chain(args.cert)
            context.set_alpn_protocols(["xmpp-server"])
            self.sock = context.wrap_socket(self.sock, server_hostname=args.to)
        self.buf = b""
        self.closed = False

    def send(self, data):
        try:
            self.sock.sendall(data if isinstance(data, bytes) else data.encode())
        except OSError:
            self.closed = True

    def read(self, seconds, until=None):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.closed:
            if until and until.encode() in self.buf:
                break
            self.sock.settimeout(max(0.01, min(0.2, end - time.monotonic())))
            try:
                data = self.sock.recv(65536)
                self.closed = not data
                self.buf += data
            except (socket.timeout, ssl.SSLWantReadError):
                pass
            except OSError:
                self.closed = True
        text, self.buf = self.buf.decode("utf-8", "replace"), b""
        return text

    def open(self):
        """Stream, EXTERNAL, stream again; raises when any of it is refused."""
        head = STREAM % (self.args.sender, self.args.to)
        self.send(head)
        features = self.read(5, "</stream:features>")
        if "EXTERNAL" not in features:
            raise RuntimeError("no EXTERNAL offered: " + features[-300:])
        self.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
        answer = self.read(5, "/>")
        if "<success" not in answer:
            raise RuntimeError("EXTERNAL refused: " + answer[-300:])
        self.send(head)
        if "features" not in self.read(5, "</stream:features>"):
            self.buf = b""
        return self


def ping(peer):
    """The stream still lives: a ping to the served domain is answered."""
    peer.send("<iq type='get' id='alive' from='%s' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>" % (
        peer.args.sender, peer.args.to))
    # The answer goes out on a stream of the other direction unless this one is bidirectional: no stream error will do.
    return peer.read(0.7)


def rows(path):
    with open(path, encoding="utf-8") as source:
        return list(csv.DictReader((line for line in source if not line.startswith("#")), delimiter="\t",
                                   quoting=csv.QUOTE_NONE))


def judge_stream(args, row, data):
    peer = Peer(args).open()
    peer.send(data)
    want = row.get("expected", row.get("answer", ""))
    got = peer.read(3 if want not in ("accepted", "waits", "") else 0.7, "</stream:stream>")
    if want in ("accepted", "waits", ""):
        if want != "waits":
            got += ping(peer)
        return "stream error: " + got[-200:] if "stream:error" in got or peer.closed else ""
    if not any("<" + name in got for name in want.split("|")):
        return "got %r" % (got[-200:] or "nothing")
    peer.read(1)
    return "" if peer.closed else "not closed"


def judge_preauth(args, row, data):
    peer = Peer(args, 5269)
    peer.send(data)
    got = peer.read(4, row["answer"])
    if row["answer"] not in got:
        return "got %r" % (got[-200:] or "nothing")
    if "stays open" in row["reaction"]:
        return ""
    peer.read(2)
    return "" if peer.closed else "not closed"


def run_table(args):
    judge = judge_preauth if args.mode == "preauth" else judge_stream
    failures = count = 0
    for row in rows(args.table):
        with open(os.path.join(args.dir, row["file"]), "rb") as source:
            data = source.read()
        count += 1
        try:
            problem = judge(args, row, data)
            Peer(args).open()
        except (OSError, RuntimeError) as error:
            problem = str(error)
        if problem:
            failures += 1
            print("FAIL %s: wanted %s: %s" % (row["file"], row.get("expected", row.get("answer")), problem), flush=True)
    print("%s: %d of %d as expected" % (args.mode, count - failures, count))
    return 1 if failures or not count else 0


def run_stanza(args):
    try:
        peer = Peer(args).open()
    except (OSError, RuntimeError) as error:
        print(error)
        return 2
    peer.send(args.stanza)
    got = peer.read(args.seconds, args.expect)
    print(got)
    if args.expect and args.expect not in got:
        return 1
    return 1 if args.refuse and args.refuse in got else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", required=True)
    parser.add_argument("--from", dest="sender", required=True)
    parser.add_argument("--to", required=True)
    parser.add_argument("--cert", required=True)
    parser.add_argument("--table")
    parser.add_argument("--dir")
    parser.add_argument("--mode", choices=["stream", "authz", "preauth"])
    parser.add_argument("--stanza")
    parser.add_argument("--expect")
    parser.add_argument("--refuse")
    parser.add_argument("--seconds", type=float, default=3)
    args = parser.parse_args()
    return run_table(args) if args.table else run_stanza(args)


sys.exit(main())
