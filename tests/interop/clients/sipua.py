#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A small SIP user agent for tests, of the standard library only: a double for precise checks beside the real ones.

  sipua.py serve --listen udp:IP:PORT [--listen tcp:IP:PORT] [--listen tls:IP:PORT --cert PEM] [--code N[,N...]]
                 [--delay S] [--log FILE] [--seconds S] [--accept TYPE[,TYPE...]]
      Answers OPTIONS with 200 and each MESSAGE with the next code (the last one repeats; "drop" answers nothing),
      with 415 when its content type is none of --accept.
      Each new MESSAGE is one line of JSON in the log, retransmissions are marked.
  sipua.py send --from URI --to URI --target HOST:PORT --local IP[:PORT] [--transport udp|tcp|tls] [--ruri URI]
                [--body TEXT | --file F | --size N] [--type CT] [--header 'N: V']... [--count N --prefix P [--window N]]
                [--method M] [--mute] [--expect CODES] [--timeout S] [--cert PEM] [--server-name NAME]
      Prints one line of JSON for each final response; fails when one is missing or not among --expect. While it
      waits it answers OPTIONS, as a sender that is asked to prove its address must (not with --mute).
  sipua.py raw --target HOST:PORT --transport udp|tcp|tls --local IP FILE
      Sends a file's bytes, prints the status lines that come back within --timeout.
  sipua.py got --log FILE [--count N] [--timeout S] FIELD=REGEX...
      Waits until exactly N new requests in a serve log match, then half a second more for one too many.
IPv6 addresses are written in brackets.
"""
import argparse
import hashlib
import json
import os
import re
import selectors
import socket
import ssl
import sys
import time

COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length", "c": "content-type", "s": "subject"}


class Message:
    """One parsed SIP message; headers as a list of (lower-case name, value)."""

    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = re.sub(rb"\r\n[ \t]+", b" ", head).decode("utf-8", "replace").split("\r\n")
        self.start = lines[0]
        self.headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.headers.append((COMPACT.get(name, name), value.strip()))

    def all(self, name):
        return [v for n, v in self.headers if n == name]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else ""

    @property
    def status(self):
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self):
        return "" if self.status else self.start.split(" ", 1)[0]

    @property
    def key(self):
        return self.get("via").split("branch=")[-1].split(";")[0] + self.get("cseq")


def response(request, code, reason="Test", extra=()):
    lines = ["SIP/2.0 %d %s" % (code, reason)]
    lines += ["Via: " + v for v in request.all("via")]
    to = request.get("to")
    if ";tag=" not in to:
        to += ";tag=t" + hashlib.md5(request.key.encode()).hexdigest()[:8]
    lines += ["From: " + request.get("from"), "To: " + to, "Call-ID: " + request.get("call-id"),
              "CSeq: " + request.get("cseq"), *extra, "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode()


def split_host(text):
    match = re.fullmatch(r"\[?([^\]]*?)\]?(?::(\d+))?", text) if text.count(":") < 2 or "[" in text else None
    if not match:
        return text, 0
    return match.group(1), int(match.group(2) or 0)


def host_text(host):
    return "[%s]" % host if ":" in host else host


def sized_text(size):
    return "".join("%07d " % n for n in range(size // 8 + 1))[:size]


class Stream:
    """Frames messages on a TCP or TLS connection by Content-Length."""

    def __init__(self, sock):
        self.sock = sock
        self.buf = b""
        self.open = True

    def send(self, data):
        self.sock.setblocking(True)
        self.sock.sendall(data)
        self.sock.setblocking(False)

    def read(self):
        while True:
            try:
                data = self.sock.recv(65536)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            except OSError:
                data = b""
            if not data:
                self.open = False
                break
            self.buf += data
        while True:
            self.buf = self.buf.lstrip(b"\r\n")
            end = self.buf.find(b"\r\n\r\n")
            if end < 0:
                return
            length = int(Message(self.buf[:end + 4]).get("content-length") or 0)
            if len(self.buf) < end + 4 + length:
                return
            message, self.buf = self.buf[:end + 4 + length], self.buf[end + 4 + length:]
            yield Message(message)


def tls_context(args, server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    if not server:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if args.cert:
        context.load_cert_chain(args.cert)
    return context


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def print_json(sink, **fields):
    print(json.dumps(fields), file=sink, flush=True)


class Server:
    def __init__(self, args):
        self.args = args
        self.codes = args.code.split(",")
        self.answers = {}
        self.log = open(args.log, "a", encoding="utf-8") if args.log else sys.stdout
        self.selector = selectors.DefaultSelector()
        for spec in args.listen:
            transport, where = spec.split(":", 1)
            host, port = split_host(where)
            sock = socket.socket(family(host), socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, port))
            if transport == "udp":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            else:
                sock.listen(64)
            self.selector.register(sock, selectors.EVENT_READ, (transport, None))

    def run(self):
        end = time.monotonic() + self.args.seconds
        while time.monotonic() < end:
            for key, _ in self.selector.select(0.2):
                transport, stream = key.data
                if transport == "udp":
                    data, peer = key.fileobj.recvfrom(65535)
                    if data.strip(b"\r\n\0 "):
                        self.handle(Message(data), "udp", lambda d, s=key.fileobj, p=peer: s.sendto(d, p))
                elif stream is None:
                    self.accept(key.fileobj, transport)
                else:
                    for message in stream.read():
                        self.handle(message, transport, stream.send)
                    if not stream.open:
                        self.selector.unregister(key.fileobj)
                        key.fileobj.close()

    def accept(self, listener, transport):
        sock, _ = listener.accept()
        if transport == "tls":
            try:
                sock = tls_context(self.args, True).wrap_socket(sock, server_side=True)
            except OSError as error:
                print_json(self.log, ev="tls-error", text=str(error))
                return
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ, (transport, Stream(sock)))

    def handle(self, message, transport, send):
        if message.status or message.method == "ACK":
            return
        if message.method == "OPTIONS":
            send(response(message, 200, "OK"))
            return
        again = message.key in self.answers
        if not again:
            code = self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
            kind = message.get("content-type").split(";")[0].strip()
            if self.args.accept and kind not in self.args.accept.split(","):
                code = "415"
            self.answers[message.key] = code if message.method == "MESSAGE" else "405"
        print_json(self.log, ev="again" if again else "request", method=message.method, transport=transport,
                   ruri=message.start.split(" ")[1], frm=message.get("from"), to=message.get("to"),
                   type=message.get("content-type"), subject=message.get("subject"), call_id=message.get("call-id"),
                   lang=message.get("content-language"), headers=message.headers,
                   body=message.body.decode("utf-8", "replace"), len=len(message.body),
                   sha=hashlib.sha256(message.body).hexdigest())
        if self.args.delay:
            time.sleep(self.args.delay)
        if self.answers[message.key] != "drop":
            send(response(message, int(self.answers[message.key]), extra=self.args.header))


class Sender:
    """Requests one after the other over one socket; RFC 3261 timer E over UDP."""

    def __init__(self, args):
        self.args = args
        self.host, self.port = split_host(args.target)
        local, local_port = split_host(args.local)
        datagram = args.transport == "udp"
        self.sock = socket.socket(family(self.host), socket.SOCK_DGRAM if datagram else socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((local, local_port))
        self.sock.settimeout(args.timeout)
        self.sock.connect((self.host, self.port))
        self.local = self.sock.getsockname()[:2]
        self.stream = None
        if not datagram:
            if args.transport == "tls":
                self.sock = tls_context(args, False).wrap_socket(self.sock, server_hostname=args.server_name)
            self.sock.setblocking(False)
            self.stream = Stream(self.sock)

    def send(self, data):
        if self.stream:
            self.stream.send(data)
        else:
            self.sock.send(data)

    def receive(self, timeout):
        """Messages that arrive within timeout (at least one wait)."""
        selector = selectors.DefaultSelector()
        selector.register(self.sock, selectors.EVENT_READ)
        pending = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()
        if not pending and not selector.select(max(0, timeout)):
            return []
        if self.stream:
            return list(self.stream.read())
        try:
            return [Message(self.sock.recv(65535))]
        except ConnectionRefusedError:
            return []

    def request(self, n, body, token):
        args = self.args
        via = "%s:%d" % (host_text(self.local[0]), self.local[1])
        lines = ["%s %s SIP/2.0" % (args.method, args.ruri or args.to),
                 "Via: SIP/2.0/%s %s;branch=z9hG4bK%s;rport" % (args.transport.upper(), via, token),
                 "From: <%s>;tag=%s" % (args.sender, token[:8]), "To: <%s>" % args.to,
                 "Call-ID: %s@%s" % (token, host_text(self.local[0])), "CSeq: %d %s" % (n, args.method),
                 "Max-Forwards: 70"]
        lines += args.header
        if body:
            lines.append("Content-Type: " + args.type)
        lines += ["Content-Length: %d" % len(body), "", ""]
        return "\r\n".join(lines).encode() + body

    def transact(self, n, body):
        args = self.args
        token = os.urandom(6).hex()
        data = self.request(n, body, token)
        end = time.monotonic() + args.timeout
        interval, resend = 0.5, time.monotonic() + 0.5
        self.send(data)
        while time.monotonic() < end:
            for message in self.receive(min(resend, end) - time.monotonic()):
                if message.method == "OPTIONS":
                    if not args.mute:
                        self.send(response(message, 200, "OK"))
                elif message.status >= 200 and message.key.startswith("z9hG4bK" + token):
                    return message
            if self.stream and not self.stream.open:
                return None
            if time.monotonic() >= resend:
                if not self.stream:
                    self.send(data)
                interval = min(interval * 2, 4)
                resend = time.monotonic() + interval
        return None


def run_window(args):
    """args.count numbered requests on a stream, at most args.window of them unanswered."""
    sender = Sender(args)
    waiting, bad, sent = set(), 0, 0
    end = time.monotonic() + args.timeout
    while (sent < args.count or waiting) and time.monotonic() < end and sender.stream.open:
        while sent < args.count and len(waiting) < args.window:
            sent += 1
            token = os.urandom(6).hex()
            waiting.add(token)
            sender.send(sender.request(sent, ("%s %d" % (args.prefix, sent)).encode(), token))
        for message in sender.receive(0.2):
            if message.method == "OPTIONS":
                sender.send(response(message, 200, "OK"))
            elif message.status >= 200:
                waiting.discard(message.key[len("z9hG4bK"):].split(" ")[0][:12])
                bad += str(message.status) not in args.expect.split(",")
    print_json(sys.stdout, sent=sent, unanswered=len(waiting), refused=bad)
    return 1 if waiting or bad or sent < args.count else 0


def run_send(args):
    if args.window:
        return run_window(args)
    sender = Sender(args)
    good = True
    for n in range(1, args.count + 1):
        if args.count > 1:
            body = ("%s %d" % (args.prefix, n)).encode()
        elif args.file:
            with open(args.file, "rb") as source:
                body = source.read()
        else:
            body = sized_text(args.size).encode() if args.size else args.body.encode()
        answer = sender.transact(n, body)
        status = answer.status if answer else 0
        good = good and (str(status) in args.expect.split(","))
        if args.count == 1 or status not in (200, 202):
            print_json(sys.stdout, status=status, reason=answer.start[12:] if answer else "no answer",
                       headers=answer.headers if answer else [], sha=hashlib.sha256(body).hexdigest())
    return 0 if good else 1


def run_raw(args):
    with open(args.path, "rb") as source:
        data = source.read()
    sender = Sender(args)
    sender.send(data)
    end = time.monotonic() + args.timeout
    while time.monotonic() < end:
        for message in sender.receive(end - time.monotonic()):
            print_json(sys.stdout, start=message.start, headers=message.headers)
        if sender.stream and not sender.stream.open:
            print_json(sys.stdout, closed=True)
            break
    return 0


def run_got(args):
    wanted = [field.split("=", 1) for field in [args.path] + args.fields if field]

    def matching():
        if not os.path.exists(args.log):
            return []
        with open(args.log, encoding="utf-8") as source:
            rows = [json.loads(line) for line in source if line.endswith("\n")]
        return [r for r in rows if r["ev"] == "request"
                and all(re.search(value, str(r[key]), re.S) for key, value in wanted)]
    end = time.monotonic() + args.timeout
    while len(matching()) < args.count and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.5)
    rows = matching()
    for row in rows[:5]:
        print(json.dumps(row)[:600])
    if len(rows) != args.count:
        print("wanted %d of %s, got %d" % (args.count, wanted, len(rows)))
    return 0 if len(rows) == args.count else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["serve", "send", "raw", "got"])
    parser.add_argument("path", nargs="?")
    parser.add_argument("fields", nargs="*")
    parser.add_argument("--listen", action="append", default=[])
    parser.add_argument("--code", default="200")
    parser.add_argument("--accept")
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--log")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--from", dest="sender")
    parser.add_argument("--to")
    parser.add_argument("--ruri")
    parser.add_argument("--target")
    parser.add_argument("--local", default="0.0.0.0")
    parser.add_argument("--transport", default="udp", choices=["udp", "tcp", "tls"])
    parser.add_argument("--method", default="MESSAGE")
    parser.add_argument("--body", default="")
    parser.add_argument("--file")
    parser.add_argument("--size", type=int)
    parser.add_argument("--type", default="text/plain;charset=UTF-8")
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--window", type=int, default=0, help="over TCP or TLS: so many unanswered at once")
    parser.add_argument("--prefix", default="n")
    parser.add_argument("--mute", action="store_true", help="answer no OPTIONS")
    parser.add_argument("--expect", default="200,202")
    parser.add_argument("--timeout", type=float, default=40)
    parser.add_argument("--cert")
    parser.add_argument("--server-name")
    args = parser.parse_intermixed_args()
    if args.mode == "serve":
        Server(args).run()
        return 0
    if args.mode == "got":
        return run_got(args)
    return run_send(args) if args.mode == "send" else run_raw(args)


sys.exit(main())
