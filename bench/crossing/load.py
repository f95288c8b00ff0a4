#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Load for the crossing benchmark: numbered, time-stamped messages from SIP or XMPP, counted where they arrive.

Each body is "n=<number> t=<CLOCK_MONOTONIC ns>"; the clock is the same in every network namespace of one machine, so
the receiver computes the latency. One JSON line per run goes to standard output.
"""
import argparse
import base64
import json
import os
import re
import selectors
import socket
import ssl
import time

BODY = re.compile(rb"n=(\d+) t=(\d+)")
RUN = os.getpid()  # in branches and Call-IDs: those of the run before are still remembered as transactions
SILENCE = 8.0  # seconds without an arrival after which a sink gives up


def percentile(values, p):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * p))] if ordered else 0


def report(kind, count, expected, seconds, latencies, **more):
    print(json.dumps({
        "kind": kind, "arrived": count, "expected": expected, "seconds": round(seconds, 3),
        "per_second": round(count / seconds) if seconds > 0 else 0,
        "p50_ms": round(percentile(latencies, 0.50) / 1e6, 3),
        "p99_ms": round(percentile(latencies, 0.99) / 1e6, 3), **more}), flush=True)


class Pace:
    """Says how many messages are due; rate 0 means: as fast as the window allows."""

    def __init__(self, rate):
        self.rate, self.start, self.sent = rate, time.monotonic(), 0

    def due(self, window):
        if self.rate == 0:
            return window
        return min(window, int((time.monotonic() - self.start) * self.rate) - self.sent)


class Arrivals:
    def __init__(self, expected):
        self.expected, self.seen, self.latencies, self.twice = expected, set(), [], 0
        self.first = self.last = None

    def note(self, number, stamp):
        now = time.monotonic_ns()
        if number in self.seen:
            self.twice += 1
            return
        self.seen.add(number)
        self.latencies.append(now - stamp)
        self.first = self.first or now
        self.last = now

    def complete(self):
        return len(self.seen) >= self.expected

    def report(self, kind):
        seconds = (self.last - self.first) / 1e9 if self.seen else 0
        report(kind, len(self.seen), self.expected, seconds, self.latencies, twice=self.twice)


class XmppClient:
    """STARTTLS, SASL PLAIN, one resource; raw bytes, because a tree per stanza would make Python the bottleneck."""

    def __init__(self, host, jid, password):
        user, domain = jid.split("@")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.sock = socket.create_connection((host, 5222))
        self.pending = b""
        self.open_stream(domain)
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        self.until(b"<proceed")
        self.sock = context.wrap_socket(self.sock, server_hostname=domain)
        self.pending = b""
        self.open_stream(domain)
        secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>")
        self.until(b"<success")
        self.open_stream(domain)
        self.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                  "<resource>load</resource></bind></iq>")
        self.until(b"</jid>")
        self.send("<presence/>")
        self.until(b"<presence")
        self.pending = b""

    def open_stream(self, domain):
        self.send(f"<?xml version='1.0'?><stream:stream to='{domain}' xmlns='jabber:client' "
                  "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>")
        self.until(b"</stream:features>")

    def send(self, text):
        self.sock.sendall(text.encode())

    def until(self, mark):
        while mark not in self.pending:
            chunk = self.sock.recv(65536)
            if not chunk:
                raise SystemExit(f"stream ended before {mark!r}: {self.pending[-300:]!r}")
            self.pending += chunk
        self.pending = self.pending.split(mark, 1)[1]


def xmpp_sink(args):
    client = XmppClient(args.host, args.jid, args.password)
    arrivals = Arrivals(args.count)
    client.sock.settimeout(SILENCE if args.count else None)
    print("ready", flush=True)
    client.sock.settimeout(60)
    rest = b""
    while not arrivals.complete():
        try:
            chunk = client.sock.recv(262144)
        except socket.timeout:
            break
        client.sock.settimeout(SILENCE)
        if not chunk:
            break
        rest += chunk
        end = 0
        for match in BODY.finditer(rest):
            if match.end() == len(rest):
                break  # the stamp may go on in the next chunk
            arrivals.note(int(match.group(1)), int(match.group(2)))
            end = match.end()
        rest = rest[max(end, len(rest) - 64):]
    arrivals.report("xmpp-sink")


def xmpp_source(args):
    client = XmppClient(args.host, args.jid, args.password)
    pace, errors = Pace(args.rate), 0
    started = time.monotonic()
    while pace.sent < args.count:
        for _ in range(max(0, min(pace.due(200), args.count - pace.sent))):
            n = pace.sent
            target = args.to.replace("%d", str(n % args.pairs))
            client.send(f"<message type='chat' id='m{n}' to='{target}'>"
                        f"<body>n={n} t={time.monotonic_ns()}</body></message>")
            pace.sent += 1
        time.sleep(0.001)
    client.sock.settimeout(SILENCE)
    spent = time.monotonic() - started
    try:
        while True:
            errors += client.sock.recv(262144).count(b"type='error'")
    except socket.timeout:
        pass
    print(json.dumps({"kind": "xmpp-source", "sent": pace.sent, "seconds": round(spent, 3), "errors": errors}),
          flush=True)


def sip_socket(address):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
    sock.bind((address, 5060))
    return sock


def sip_answer(request):
    head = request.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    kept = [line for line in head[1:]
            if line.split(b":", 1)[0].strip().lower() in (b"via", b"from", b"to", b"call-id", b"cseq", b"v", b"f",
                                                          b"t", b"i")]
    kept = [line + b";tag=sink" if line[:3].lower() == b"to:" and b"tag=" not in line else line for line in kept]
    return b"\r\n".join([b"SIP/2.0 200 OK", *kept, b"Content-Length: 0", b"", b""])


def sip_sink(args):
    sock = sip_socket(args.address)
    arrivals = Arrivals(args.count)
    print("ready", flush=True)
    sock.settimeout(60)
    while not arrivals.complete():
        try:
            request, source = sock.recvfrom(65536)
        except socket.timeout:
            break
        if request.startswith(b"SIP/"):
            continue
        sock.sendto(sip_answer(request), source)
        if request.startswith(b"MESSAGE "):
            sock.settimeout(SILENCE)
            match = BODY.search(request)
            if match:
                arrivals.note(int(match.group(1)), int(match.group(2)))
    arrivals.report("sip-sink")


def sip_source(args):
    sock = sip_socket(args.address)
    sock.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(sock, selectors.EVENT_READ)
    target, pace, waiting, statuses, again = (args.gateway, 5060), Pace(args.rate), {}, {}, 0
    started = last = time.monotonic()
    while pace.sent < args.count or (waiting and time.monotonic() - last < SILENCE):
        room = args.window - len(waiting)
        for _ in range(max(0, min(pace.due(room), args.count - pace.sent, 50))):
            n = pace.sent
            body = f"n={n} t={time.monotonic_ns()}"
            request = (f"MESSAGE sip:{args.to} SIP/2.0\r\n"
                       f"Via: SIP/2.0/UDP {args.address}:5060;branch=z9hG4bKload{RUN}x{n};rport\r\nMax-Forwards: 70\r\n"
                       f"From: <sip:load{n % args.pairs}@{args.domain}>;tag=l{n}\r\nTo: <sip:{args.to}>\r\n"
                       f"Call-ID: load{RUN}x{n}@{args.address}\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
            sock.sendto(request, target)
            waiting[n] = (time.monotonic(), request)
            pace.sent += 1
        for _ in selector.select(0.001):
            last = time.monotonic()
            try:
                while True:
                    packet, source = sock.recvfrom(65536)
                    if not packet.startswith(b"SIP/2.0 "):
                        sock.sendto(sip_answer(packet), source)
                        continue
                    status = int(packet[8:11])
                    number = int(re.search(rb"branch=z9hG4bKload\d+x(\d+)", packet).group(1))
                    if status >= 200 and waiting.pop(number, None):
                        statuses[status] = statuses.get(status, 0) + 1
            except BlockingIOError:
                pass
        now = time.monotonic()
        for n, (sent, request) in list(waiting.items())[:200]:
            if now - sent < 0.5:
                break
            sock.sendto(request, target)
            del waiting[n]
            waiting[n] = (now, request)
            again += 1
    print(json.dumps({"kind": "sip-source", "sent": pace.sent, "seconds": round(time.monotonic() - started, 3),
                      "statuses": statuses, "unanswered": len(waiting), "retransmitted": again}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    for name, run in (("xmpp-sink", xmpp_sink), ("xmpp-source", xmpp_source), ("sip-sink", sip_sink),
                      ("sip-source", sip_source)):
        sub = kinds.add_parser(name)
        sub.set_defaults(run=run)
        sub.add_argument("--count", type=int, required=True)
        if name.startswith("xmpp"):
            sub.add_argument("--host", required=True)
            sub.add_argument("--jid", required=True)
            sub.add_argument("--password", default="pass")
        else:
            sub.add_argument("--address", required=True)
        if name.endswith("source"):
            sub.add_argument("--rate", type=float, default=0)
            sub.add_argument("--to", required=True)
            sub.add_argument("--pairs", type=int, default=20)
        if name == "sip-source":
            sub.add_argument("--gateway", required=True)
            sub.add_argument("--domain", required=True)
            sub.add_argument("--window", type=int, default=2000)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
