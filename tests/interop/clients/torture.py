#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Feeds files of hostile SIP to a server and judges what comes back; between any two a good OPTIONS must be answered.

  torture.py --table TSV --dir DIR --target HOST:PORT --local IP --transport udp|tcp [--only NAME] [--our-host HOST]
             [--as FILE-ADDRESS=REAL-ADDRESS]... [--inbox LOG --sender JID]

TSV is tests/vectors/sip/EXPECTED.tsv or tests/vectors/attacks/sip/INDEX.tsv. Of its columns udp and tcp: "405", "405|481"
either, "405+405" one after the other, "+close" the connection is closed then, "wait" and "none" no answer, "-" not sent
this way. --as puts addresses of the lab in the place of those in the files (in headers only). With --inbox, the output of
xmppcli.py for the user behind, the column crosses is judged as well: "no", or what the body is that this user then gets,
once, from --sender. OPTIONS that ask whether the source is real are answered.
"""
import argparse
import csv
import json
import os
import re
import socket
import sys
import time

ANSWER_WAIT = 2.5
SILENCE = 0.7
CROSSING_WAIT = 3


def rows(path):
    with open(path, encoding="utf-8") as source:
        lines = [line for line in source if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def statuses(data, request=b""):
    """(status, header block) of every response in data, of those to request where that can be told: answers to an
    INVITE that nobody acknowledges are sent again later."""
    found = []
    ids = re.findall(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*(\S[^\r\n]*?)[ \t]*\r?$", request)
    for match in re.finditer(rb"SIP/2\.0 (\d{3}) [^\r\n]*\r\n(.*?\r\n)\r\n", data, re.S):
        answered = re.search(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?$", match.group(2))
        if ids and answered and answered.group(1) not in ids:
            continue
        found.append((int(match.group(1)), match.group(2).decode("utf-8", "replace")))
    return found


def proof(options):
    """The answer to an OPTIONS that asks whether this address is real."""
    kept = [line for line in options.split(b"\r\n")
            if line.split(b":")[0].strip().lower() in (b"via", b"from", b"to", b"call-id", b"cseq")]
    return b"\r\n".join([b"SIP/2.0 200 OK"] + kept + [b"Content-Length: 0", b"", b""])


class Inbox:
    """What the XMPP user has got, from the log of xmppcli.py."""
    def __init__(self, path, sender):
        self.path, self.sender, self.seen = path, sender, 0
        self.new()

    def new(self):
        with open(self.path, encoding="utf-8") as log:
            messages = [json.loads(line) for line in log if '"ev": "message"' in line and line.endswith("\n")]
        fresh = messages[self.seen:]
        self.seen = len(messages)
        return fresh

    def judge(self, want, transport):
        if want.startswith("udp "):
            want = want[4:] if transport == "udp" else "no"
        end = time.monotonic() + (0.3 if want == "no" else CROSSING_WAIT)
        got = self.new()
        while time.monotonic() < end and not got:
            time.sleep(0.05)
            got += self.new()
        if want == "no":
            return "it reached XMPP: %s" % got if got else ""
        if len(got) != 1:
            return "%d messages reached XMPP" % len(got)
        if not re.search(want, got[0]["body"], re.S) or got[0]["frm"].split("/")[0] != self.sender:
            return "XMPP got %s" % got[0]
        return ""


def dressed(data, args, number):
    """The bytes of a file with the lab's addresses, and identifiers that no other file has, of the same length."""
    data = data.replace(b"@OURHOST@", args.our_host.encode())
    if not args.sender:
        return data
    end = data.find(b"\r\n\r\n")
    head, body = (data[:end], data[end:]) if end >= 0 else (data, b"")
    for pair in args.as_:
        old, new = pair.encode().split(b"=")
        head = head.replace(old, new)
    mark = ("%02d" % number).encode()
    head = head.replace(b"z9hG4bKa1", b"z9hG4bK" + mark).replace(b"Call-ID: c1", b"Call-ID: " + mark)
    return head + body


def header_problem(status, head):
    needed = {405: "Allow", 501: "Allow", 420: "Unsupported"}.get(status)
    if needed and not re.search(r"(?im)^%s[ \t]*:" % needed, head):
        return "%d without %s" % (status, needed)
    return ""


class Feeder:
    def __init__(self, args):
        host, port = args.target.rsplit(":", 1)
        self.peer = (host.strip("[]"), int(port))
        self.local = args.local
        self.family = socket.AF_INET6 if ":" in self.peer[0] else socket.AF_INET
        self.sequence = 0

    def udp(self, data, wait, enough):
        """Answers go to the port that the top Via names: listen there too."""
        ports = {5060}
        via = re.search(rb"(?im)^(?:via|v)[ \t]*:[ \t]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*\w+\s+[^\s;,]+:(\d+)", data)
        if via and 1024 < int(via.group(1)) < 65536:
            ports.add(int(via.group(1)))
        sockets = []
        for port in sorted(ports):
            sock = socket.socket(self.family, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self.local, port))
            sock.setblocking(False)
            sockets.append(sock)
        sockets[0].sendto(data, self.peer)
        got, end = b"", time.monotonic() + wait
        while time.monotonic() < end and not enough(got):
            for sock in sockets:
                try:
                    piece, source = sock.recvfrom(65535)
                    if piece.startswith(b"OPTIONS "):
                        sock.sendto(proof(piece), source)
                    else:
                        got += piece
                except (BlockingIOError, ConnectionError):
                    pass
            time.sleep(0.01)
        for sock in sockets:
            sock.close()
        return got, False

    def tcp(self, data, wait, enough):
        sock = socket.socket(self.family, socket.SOCK_STREAM)
        sock.bind((self.local, 0))
        sock.settimeout(5)
        sock.connect(self.peer)
        got, closed = b"", False
        try:
            sock.sendall(data)
        except OSError:
            pass
        end = time.monotonic() + wait
        sock.settimeout(0.05)
        while time.monotonic() < end and not closed:
            try:
                piece = sock.recv(65535)
                closed = not piece
                got += piece
            except socket.timeout:
                if enough(got):
                    break
            except OSError:
                closed = True
        sock.close()
        return got, closed

    def feed(self, transport, data, want):
        quiet = want.split("+")[0] in ("wait", "none")
        wanted = len([s for s in want.split("+") if s[0].isdigit()])
        got, closed = getattr(self, transport)(
            data, SILENCE if quiet and "close" not in want else ANSWER_WAIT,
            lambda g: wanted and len(statuses(g, data)) >= wanted and "close" not in want)
        return judge(want, data, got, closed)

    def control(self, transport):
        """A good request is answered: by anything final, within a second or two."""
        self.sequence += 1
        host = "[%s]" % self.local if ":" in self.local else self.local
        text = ("OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/%s %s:5060;branch=z9hG4bKctl%d%d;rport\r\nMax-Forwards: 70\r\n"
                "From: <sip:control@%s>;tag=c%d\r\nTo: <sip:%s>\r\nCall-ID: control%d-%d\r\nCSeq: 1 OPTIONS\r\n"
                "Content-Length: 0\r\n\r\n") % (self.peer[0] if ":" not in self.peer[0] else "[%s]" % self.peer[0],
                                               transport.upper(), host, os.getpid(), self.sequence, host, self.sequence,
                                               self.peer[0] if ":" not in self.peer[0] else "[%s]" % self.peer[0],
                                               os.getpid(), self.sequence)
        got, _ = getattr(self, transport)(text.encode(), ANSWER_WAIT, lambda g: b"\r\n\r\n" in g)
        return any(status == 200 for status, _ in statuses(got))


def judge(want, request, got, closed):
    answers = statuses(got, request)
    steps = want.split("+")
    must_close = "close" in steps
    wanted = [s for s in steps if s not in ("close", "wait", "none")]
    if len(answers) != len(wanted):
        return "got %s" % ([a[0] for a in answers] or "nothing")
    for (status, head), choice in zip(answers, wanted):
        if str(status) not in choice.split("|"):
            return "got %s" % [a[0] for a in answers]
        problem = header_problem(status, head)
        if problem:
            return problem
    return "not closed" if must_close and not closed else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", required=True)
    parser.add_argument("--dir", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--local", required=True)
    parser.add_argument("--transport", required=True, choices=["udp", "tcp"])
    parser.add_argument("--our-host", default="")
    parser.add_argument("--only")
    parser.add_argument("--as", dest="as_", action="append", default=[])
    parser.add_argument("--inbox")
    parser.add_argument("--sender")
    args = parser.parse_args()
    feeder = Feeder(args)
    inbox = Inbox(args.inbox, args.sender) if args.inbox else None
    failures = count = 0
    for row in rows(args.table):
        want = row[args.transport]
        if args.only and args.only not in row["file"] or want == "-":
            continue
        with open(os.path.join(args.dir, row["file"]), "rb") as source:
            data = dressed(source.read(), args, count)
        problems = [feeder.feed(args.transport, data, want)]
        if inbox:
            problems.append(inbox.judge(row["crosses"], args.transport))
        time.sleep(0.1)   # an unknown source may send 30 requests in two seconds
        if not feeder.control(args.transport):
            problems.append("the good request after it was not answered")
        count += 1
        problem = "; ".join(p for p in problems if p)
        if problem:
            failures += 1
            print("FAIL %s %s: wanted %s, %s" % (args.transport, row["file"], want, problem), flush=True)
        time.sleep(0.05)
    print("%s: %d of %d as expected" % (args.transport, count - failures, count))
    return 1 if failures or not count else 0


sys.exit(main())
