#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A scripted XMPP client (slixmpp of Debian 12). Each step is one argument: a verb and key=value words (shell quoting).

  xmppcli.py JID PASSWORD [--ca FILE] [--timeout S] STEP...

  send to=JID [body=TEXT | size=N | file=PATH] [type=chat|normal] [subject=] [thread=] [lang=] [html=XHTML] [id=]
       [reply=1: to the full address the last message came from]
  burst to=JID count=N [prefix=TEXT]     N chat messages "prefix 1" ... "prefix N"
  expect [body=REGEX] [from=REGEX] [type=] [subject=REGEX] [thread=REGEX] [lang=] [html=REGEX] [sha=HEX] [len=N]
  expect-error [cond=NAME] [etype=NAME] [id=ID|last] [from=REGEX] [text=REGEX]
  expect-burst count=N [prefix=TEXT]     exactly these, in order, once each
  expect-none [seconds=S]                nothing arrives
  refuse cond=NAME etype=NAME [delay=S]  answer every later message with this stanza error
  ping to=JID [cond=NAME]                XEP-0199; with cond that error is expected
  disco to=JID [feature=VAR]             disco#info
  query to=JID kind=version|time|items   XEP-0092, XEP-0202, disco#items
  raw xml=STANZA                         bytes as they are
  online | sleep seconds=S | touch path=FILE | wait-file path=FILE

Every step and every stanza that arrives is one line of JSON on stdout. A step that fails or waits longer than
--timeout (or its own timeout=S) ends the run with status 1.
"""
import argparse
import asyncio
import hashlib
import json
import os
import re
import shlex
import sys
import time
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout

START = time.monotonic()
XHTML = "{http://jabber.org/protocol/xhtml-im}html"
ET.register_namespace("", "http://www.w3.org/1999/xhtml")


class Failed(Exception):
    pass


def out(event, **fields):
    print(json.dumps(dict(t=round(time.monotonic() - START, 3), ev=event, **fields)), flush=True)


def sized_text(size):
    """A text of exactly size bytes whose pieces cannot be swapped unseen: it counts."""
    words = []
    length = 0
    n = 0
    while length < size:
        words.append("%07d " % n)
        length += 8
        n += 1
    return "".join(words)[:size]


class Client(slixmpp.ClientXMPP):
    def __init__(self, args):
        super().__init__(args.jid, args.password)
        self.ca_certs = args.ca
        self.whitespace_keepalive = False
        self.timeout = args.timeout
        for plugin in ("xep_0030", "xep_0115", "xep_0199"):
            self.register_plugin(plugin)
        self.inbox = []
        self.refusal = None
        self.last_id = None
        self.last_from = None
        self.ready = asyncio.Event()
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("failed_auth", lambda _: (out("failed-auth"), os._exit(3)))
        # All types, also those without a body: the plain "message" event hides none of them here.
        self.register_handler(slixmpp.xmlstream.handler.Callback(
            "all messages", slixmpp.xmlstream.matcher.MatchXPath("{jabber:client}message"), self.on_message))

    async def on_start(self, _):
        self.send_presence()
        await self.get_roster()
        out("online", jid=str(self.boundjid))
        self.ready.set()

    def on_message(self, stanza):
        xml = stanza.xml
        html = xml.find(XHTML)
        lang = xml.get("{http://www.w3.org/XML/1998/namespace}lang")
        body_node = xml.find("{jabber:client}body")
        if body_node is not None and body_node.get("{http://www.w3.org/XML/1998/namespace}lang"):
            lang = body_node.get("{http://www.w3.org/XML/1998/namespace}lang")
        body = body_node.text or "" if body_node is not None else ""
        item = dict(frm=xml.get("from", ""), to=xml.get("to", ""), type=xml.get("type", "normal"), id=xml.get("id", ""),
                    body=body, subject=xml.findtext("{jabber:client}subject") or "",
                    thread=xml.findtext("{jabber:client}thread") or "", lang=lang or "",
                    html=ET.tostring(html, "unicode") if html is not None else "",
                    sha=hashlib.sha256(body.encode()).hexdigest(), len=len(body.encode()))
        if item["type"] == "error":
            error = stanza["error"]
            item.update(cond=error["condition"], etype=error["type"], text=error["text"])
        shown = dict(item, body=body if len(body) < 300 else body[:80] + "...")
        out("message", **shown)
        self.inbox.append(item)
        if item["type"] != "error":
            self.last_from = item["frm"]
            if self.refusal and body:
                reply = stanza.reply(clear=False)
                reply["id"] = stanza["id"]
                reply["type"] = "error"
                reply["error"]["condition"] = self.refusal["cond"]
                reply["error"]["type"] = self.refusal["etype"]
                asyncio.get_event_loop().call_later(self.refusal["delay"], reply.send)

    async def wait_for(self, accept, timeout, what):
        end = time.monotonic() + timeout
        while True:
            for i, item in enumerate(self.inbox):
                if accept(item):
                    return self.inbox.pop(i)
            if time.monotonic() > end:
                raise Failed("waited %gs for %s; inbox: %s" % (timeout, what, [
                    (i["type"], i["frm"], i["body"][:60], i.get("cond")) for i in self.inbox[:5]]))
            await asyncio.sleep(0.01)

    # --- steps --------------------------------------------------------------------------------------------------------
    def do_send(self, to=None, body=None, size=None, file=None, type="chat", subject=None, thread=None, lang=None,
                html=None, id=None, reply=None):
        if size:
            body = sized_text(int(size))
        if file:
            with open(file, encoding="utf-8") as source:
                body = source.read()
        message = self.make_message(mto=self.last_from if reply else to, mbody=body or "", mtype=type)
        message["id"] = id or self.new_id()
        self.last_id = message["id"]
        if subject:
            message["subject"] = subject
        if thread:
            message["thread"] = thread
        if lang:
            message.xml.set("{http://www.w3.org/XML/1998/namespace}lang", lang)
        if html:
            node = ET.SubElement(message.xml, XHTML)
            node.append(ET.fromstring('<body xmlns="http://www.w3.org/1999/xhtml">%s</body>' % html))
        message.send()
        out("sent", id=message["id"], to=str(message["to"]), sha=hashlib.sha256((body or "").encode()).hexdigest())

    async def do_burst(self, to, count, prefix="n"):
        for n in range(1, int(count) + 1):
            self.send_message(mto=to, mbody="%s %d" % (prefix, n), mtype="chat")
            if n % 50 == 0:
                await asyncio.sleep(0.01)

    async def do_expect(self, timeout, **want):
        pattern = {"body", "from", "subject", "thread", "html"}

        def accept(item):
            if item["type"] == "error":
                return False
            for key, value in want.items():
                have = str(item["frm" if key == "from" else key])
                if not (re.search(value, have, re.S) if key in pattern else have == value):
                    return False
            return True
        await self.wait_for(accept, timeout, want)

    async def do_expect_error(self, timeout, cond=None, etype=None, id=None, text=None, **rest):
        ident = self.last_id if id == "last" else id
        sender = rest.get("from")

        def accept(item):
            return (item["type"] == "error" and (not ident or item["id"] == ident)
                    and (not cond or item["cond"] in cond.split("|")) and (not etype or item["etype"] == etype)
                    and (not sender or re.search(sender, item["frm"])) and (not text or re.search(text, item["text"])))
        await self.wait_for(accept, timeout, "error %s %s id=%s" % (cond, etype, ident))

    async def do_expect_burst(self, timeout, count, prefix="n"):
        for n in range(1, int(count) + 1):
            item = await self.wait_for(lambda i: i["body"].startswith(prefix + " "), timeout, "%s %d" % (prefix, n))
            if item["body"] != "%s %d" % (prefix, n):
                raise Failed("out of order or doubled: wanted %d, got %r" % (n, item["body"]))

    async def do_expect_none(self, seconds="1"):
        await asyncio.sleep(float(seconds))
        if self.inbox:
            raise Failed("unexpected: %s" % self.inbox[:3])

    def do_refuse(self, cond, etype="cancel", delay="0"):
        self.refusal = dict(cond=cond, etype=etype, delay=float(delay))

    async def do_ping(self, timeout, to, cond=None):
        await self.expect_iq(self["xep_0199"].send_ping(slixmpp.JID(to), timeout=timeout), "pong", to, cond)

    async def expect_iq(self, request, event, to, cond=None):
        try:
            answer = await request
        except IqError as error:
            out("iq-error", to=to, cond=error.condition, etype=error.etype, text=error.text)
            if not cond or error.condition not in cond.split("|"):
                raise Failed("%s answered %s" % (to, error.condition)) from error
            return None
        except IqTimeout as error:
            raise Failed("%s did not answer" % to) from error
        if cond:
            raise Failed("%s answered, expected %s" % (to, cond))
        out(event, to=to)
        return answer

    async def do_disco(self, timeout, to, feature=None):
        answer = await self.expect_iq(self["xep_0030"].get_info(jid=to, timeout=timeout), "disco-answer", to)
        info = answer["disco_info"]
        features = sorted(info["features"])
        out("disco", identities=sorted("/".join(x or "" for x in i[:2]) for i in info["identities"]), features=features)
        if feature and feature not in features:
            raise Failed("no feature %s" % feature)

    async def do_query(self, timeout, to, kind):
        payload = {"version": "{jabber:iq:version}query", "time": "{urn:xmpp:time}time",
                   "items": "{http://jabber.org/protocol/disco#items}query"}[kind]
        iq = self.make_iq_get(ito=to)
        iq.append(ET.Element(payload))
        answer = await self.expect_iq(iq.send(timeout=timeout), kind, to)
        out("answer", xml=ET.tostring(answer.xml, "unicode"))

    async def step(self, words):
        verb = words[0]
        fields = dict(word.split("=", 1) for word in words[1:])
        timeout = float(fields.pop("timeout", self.timeout))
        out("step", verb=verb, **{k: v[:80] for k, v in fields.items()})
        if verb == "sleep":
            await asyncio.sleep(float(fields["seconds"]))
        elif verb == "touch":
            with open(fields["path"], "w", encoding="ascii"):
                pass
        elif verb == "wait-file":
            end = time.monotonic() + timeout
            while not os.path.exists(fields["path"]):
                if time.monotonic() > end:
                    raise Failed("no file " + fields["path"])
                await asyncio.sleep(0.02)
        elif verb == "raw":
            self.send_raw(fields["xml"])
        elif verb != "online":
            method = getattr(self, "do_" + verb.replace("-", "_"))
            if verb in ("expect", "expect-error", "expect-burst", "ping", "disco", "query"):
                fields["timeout"] = timeout
            result = method(**fields)
            if asyncio.iscoroutine(result):
                await result


async def run(args):
    client = Client(args)
    client.connect()
    try:
        await asyncio.wait_for(client.ready.wait(), args.timeout)
        for step in args.steps:
            await client.step(shlex.split(step))
    except (Failed, asyncio.TimeoutError) as error:
        out("FAILED", why=str(error) or "not online in time")
        return 1
    await client.disconnect(wait=1)
    out("done")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jid")
    parser.add_argument("password")
    parser.add_argument("steps", nargs="*")
    parser.add_argument("--ca", required=True, help="slixmpp always verifies the server's certificate")
    parser.add_argument("--timeout", type=float, default=15)
    parser.add_argument("--debug", action="store_true")
    args = parser.parse_intermixed_args()
    if args.debug:
        import logging
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    status = asyncio.get_event_loop().run_until_complete(run(args))
    sys.stdout.flush()
    os._exit(status)


main()
