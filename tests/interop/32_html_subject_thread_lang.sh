#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Subject, thread, language, types and rich text (RFC 7572, XEP-0071).
. "$(dirname "$0")/harness.sh"
setup prosody
stoxd_start
sip_serve
check "sent" xmpp alice@xmpp.test/a 'send to=bob@ua.test body="Guten Tag" subject="Über uns" thread=t-42 lang=de' \
  'send to=bob@ua.test body=normal type=normal' 'expect-none seconds=1'
check "subject and language on SIP" sip_got body='^Guten Tag$' subject='^Über uns$' lang='^de'
check "the thread is kept on SIP" sip_got body='^Guten Tag$' headers='t-42'
check "type normal crosses too" sip_got body='^normal$'

send() { sip_send sip:bob@ua.test sip:alice@xmpp.test "$@"; }
xmpp_start alice alice@xmpp.test/a 'expect body=^plain$ subject="^Hello there$" lang=fr' \
  'expect body="bold" html="<strong>bold</strong>|<b>bold</b>"' 'expect body=evil' 'expect body=é' 'expect-none seconds=1'
check "subject and language to XMPP" send --body plain --header 'Subject: Hello there' --header 'Content-Language: fr'
check "text/html to XMPP" send --type 'text/html;charset=UTF-8' --body '<html><body><p>some <b>bold</b> text</p></body></html>'
check "hostile html is cleaned" send --type text/html \
  --body '<html><body><script>alert(1)</script><p onclick="x()">evil <a href="javascript:x()">link</a><img src="http://x/y"></p></body></html>'
printf '\xe9' >"$RUN/latin1"
check "Latin-1 is converted" send --type 'text/plain;charset=ISO-8859-1' --file "$RUN/latin1"
check "Alice got all four" xmpp_wait alice
check "no script, handler or picture came through" not grep -qiE 'alert|onclick|javascript:|<img' "$RUN/xmpp-alice.log"

# Bob has written HTML: now he gets it too, until his phone says that it takes plain text only.
rich() { xmpp alice@xmpp.test/a "send to=bob@ua.test body=\"very rich $1\" html=\"<p>very <strong>rich</strong> $1</p>\"" 'expect-none seconds=1'; }
check "XHTML-IM to a SIP user who writes HTML" rich one
check "it is text/html there" sip_got type='^text/html' body='<p>very <strong>rich</strong> one</p>'
sip_serve --accept text/plain
check "to a phone that takes plain text after all: no error for Alice" rich two
check "the 415 to the HTML was followed by the plain text" sip_got type='^text/plain' body='^very rich two$'
check "from then on" rich three
check "plain text goes at once" sip_got type='^text/plain' body='^very rich three$'
check "only one request was refused" sip_got type='^text/html'
sip_serve
xmpp_start alice alice@xmpp.test/a 'expect body=^both$ html="<em>both</em>"' 'expect-none seconds=1'
check "multipart/alternative to XMPP" send --type 'multipart/alternative;boundary=b' --body "$(printf -- \
  '--b\r\nContent-Type: text/plain\r\n\r\nboth\r\n--b\r\nContent-Type: text/html\r\n\r\n<i>both</i>\r\n--b--\r\n')"
check "has text and markup there" xmpp_wait alice
check "and is answered" rich four
check "in the same form" sip_got type='^multipart/alternative' body='very rich four.*<strong>rich</strong> four'
stoxd_stop
printf '[message]\nxhtml = false\n' >"$LAB_RUN/stoxd.toml"
stoxd_start --config "$LAB_RUN/stoxd.toml"
xmpp_start alice alice@xmpp.test/a 'expect body="bold"' 'expect-none seconds=1'
check "turned off: HTML is read all the same" send --type 'text/html;charset=UTF-8' --body '<p>some <b>bold</b> text</p>'
check "Alice got its text" xmpp_wait alice
check "and no markup" not grep -q 'strong' "$RUN/xmpp-alice.log"
check "an unknown type is refused with 415" send --type application/x-unknown --body x --expect 415
check "a header smuggled in the subject is not one" xmpp alice@xmpp.test/a \
  'raw xml="<message to=\"bob@ua.test\" type=\"chat\"><subject>a&#13;&#10;X-Injected: 1</subject><body>inj</body></message>"' 'expect-none seconds=1'
check "it arrived without the header" sip_got body='^inj$'
check "no such header" not grep -q '"x-injected"' "$SIP_LOG"
finish
