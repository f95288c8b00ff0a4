#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A server-to-server XMPP peer that misbehaves on demand. Its streams are bidirectional (XEP-0288): answers come back.

  s2s.py --target HOST --from DOMAIN --to DOMAIN --cert PEM --table TSV --dir DIR --mode stream|authz|preauth
         [--sip-log FILE]
      Feeds each file of the table on a connection of its own (stream, authz: direct TLS and SASL EXTERNAL first; preauth:
      raw to port 5269) and compares the reaction: the stream error, or the answers and a stream that still serves; with
      the log of the SIP test agent also what crossed. A good stream must still be served after each.
  s2s.py --target HOST --from DOMAIN --to DOMAIN --cert PEM --stanza XML [--expect TEXT] [--refuse TEXT] [--seconds S]
      Sends one stanza on an authenticated stream and prints what comes back.
  s2s.py --target HOST --from DOMAIN --to DOMAIN --cert PEM --forge FILE --go FILE
      Waits for a request of the gateway's own, answers it with FILE (@OURID@: its id), which must not count, and rightly
      once the file of --go exists.
  s2s.py --target HOST --from DOMAIN --to DOMAIN --cert PEM --flood N
      Sends N pings at once and counts the answers.
"""
import argparse
import csv
import json
import os
import re
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
            pass  # refused in the middle of it: why stands in what is yet to be read

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
        if "EXTERNAL" not in features or "urn:xmpp:features:bidi" not in features:
            raise RuntimeError("EXTERNAL and bidi are not both offered: " + features[-300:])
        self.send("<bidi xmlns='urn:xmpp:bidi'/>"
                  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
        answer = self.read(5, "/>")
        if "<success" not in answer:
            raise RuntimeError("EXTERNAL refused: " + answer[-300:])
        self.send(head)
        features = self.read(5, "</stream:features>")
        if "</stream:features>" not in features:
            raise RuntimeError("no features after EXTERNAL: " + features[-300:])
        return self

    def close(self):
        """An orderly end, so that the next stream finds nothing of this one."""
        if not self.closed:
            self.send("</stream:stream>")
            self.read(2)
        self.sock.close()


PONG = re.compile(r"<iq(?=[^>]* type='result')(?=[^>]* id='alive')")


def ping(peer):
    """A ping to the served domain behind all that was sent; what came back up to its answer."""
    peer.send("<iq type='get' id='alive' from='%s' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>" % (
        peer.args.sender, peer.args.to))
    return peer.read(10, "id='alive'") + peer.read(0.2)


def crossed(args):
    """How many requests the SIP test agent has seen, repetitions not counted."""
    if not args.sip_log:
        return 0
    with open(args.sip_log, encoding="utf-8") as source:
        return sum(1 for line in source if '"ev": "request"' in line)


def sip_problem(args, row, before):
    """Exactly as many requests as the table says have crossed since `before`."""
    if not args.sip_log or "sip" not in row:
        return ""
    wanted = int(row["sip"])
    end = time.monotonic() + 5
    while crossed(args) - before < wanted and time.monotonic() < end:
        time.sleep(0.05)
    got = crossed(args) - before
    return "" if got == wanted else "%d SIP requests crossed, not %d" % (got, wanted)


def rows(path):
    with open(path, encoding="utf-8") as source:
        return list(csv.DictReader((line for line in source if not line.startswith("#")), delimiter="\t",
                                   quoting=csv.QUOTE_NONE))


def judge_open(peer, row):
    """The stream stays: it answers, and what it answers holds what the table says."""
    if row.get("expected") == "waits":
        got = peer.read(0.7)
        return "stream error: " + got[-200:] if "stream:error" in got or peer.closed else ""
    got = ping(peer)
    if "stream:error" in got or peer.closed:
        return "stream error: " + got[-200:]
    if not PONG.search(got):
        return "no pong: %r" % got[-200:]
    reply = row.get("reply")
    return "" if not reply or "<" + reply in got else "no %s: %r" % (reply, got[-200:])


def judge_closed(peer, want):
    got = peer.read(5, "</stream:stream>")
    error = got.partition("<stream:error>")[2]
    if not any(error.startswith("<" + name) for name in want.split("|")):
        return "got %r" % (got[-200:] or "nothing")
    peer.read(1)
    return "" if peer.closed else "not closed"


def judge_stream(args, row, data):
    before = crossed(args)
    peer = Peer(args).open()
    peer.send(data)
    want = row.get("expected", row.get("answer"))
    stays = want in ("accepted", "waits", "")
    problem = judge_open(peer, row) if stays else judge_closed(peer, want)
    peer.close()
    good = Peer(args).open()
    if not PONG.search(ping(good)):
        problem = problem or "a good stream is not served afterwards"
    good.close()
    return problem or sip_problem(args, row, before)


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
    before = crossed(args)
    table = rows(args.table)
    for row in table:
        with open(os.path.join(args.dir, row["file"]), "rb") as source:
            data = source.read()
        count += 1
        try:
            problem = judge(args, row, data)
            Peer(args).open().close()
        except (OSError, RuntimeError) as error:
            problem = str(error)
        if problem:
            failures += 1
            print("FAIL %s: wanted %s: %s" % (row["file"], row.get("expected", row.get("answer")), problem), flush=True)
    print("%s: %d of %d as expected" % (args.mode, count - failures, count))
    wanted = sum(int(row.get("sip", 0)) for row in table)
    if args.sip_log and crossed(args) - before != wanted:
        failures += 1
        print("FAIL: %d SIP requests crossed in all, not %d" % (crossed(args) - before, wanted))
    return 1 if failures or not count else 0


def run_forge(args):
    peer = Peer(args).open()
    print("open", flush=True)
    got = peer.read(30, "urn:xmpp:ping")
    request = re.search(r"<iq(?=[^>]* type='get')[^>]* id='([^']*)'", got)
    if not request:
        print("no request came: %r" % got[-300:])
        return 1
    with open(args.forge, encoding="utf-8") as source:
        peer.send(source.read().replace("@OURID@", request.group(1)))
    if not PONG.search(ping(peer)):
        print("the stream does not live")
        return 1
    print("forged", flush=True)
    end = time.monotonic() + 20
    while not os.path.exists(args.go) and time.monotonic() < end:
        time.sleep(0.05)
    peer.send("<iq type='result' id='%s' from='%s' to='%s'/>" % (request.group(1), args.sender, args.to))
    peer.read(1)
    peer.close()
    return 0


def run_flood(args):
    peer = Peer(args).open()
    peer.send("".join("<iq type='get' id='f%d' from='%s' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>" % (
        n, args.sender, args.to) for n in range(args.flood)))
    got = ping(peer)
    answered = set(re.findall(r"<iq(?=[^>]* type='result')[^>]* id='f([0-9]+)'", got))
    print("%d of %d answered" % (len(answered), args.flood))
    peer.close()
    return 0 if len(answered) == args.flood else 1


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
    parser.add_argument("--sip-log")
    parser.add_argument("--forge")
    parser.add_argument("--go")
    parser.add_argument("--flood", type=int, default=0)
    parser.add_argument("--stanza")
    parser.add_argument("--expect")
    parser.add_argument("--refuse")
    parser.add_argument("--seconds", type=float, default=3)
    args = parser.parse_args()
    if args.forge:
        return run_forge(args)
    if args.flood:
        return run_flood(args)
    return run_table(args) if args.table else run_stanza(args)


sys.exit(main())
