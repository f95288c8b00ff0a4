#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Subject, thread, language, types and rich text (RFC 7572, XEP-0071).
. "$(dirname "$0")/harness.sh"
setup prosody
printf '[message]\nxhtml = true\n' >"$LAB_RUN/stoxd.toml"
stoxd_start --config "$LAB_RUN/stoxd.toml"
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
check "an unknown type is refused with 415" send --type application/x-unknown --body x --expect 415
check "a header smuggled in the subject is not one" xmpp alice@xmpp.test/a \
  'raw xml="<message to=\"bob@ua.test\" type=\"chat\"><subject>a&#13;&#10;X-Injected: 1</subject><body>inj</body></message>"' 'expect-none seconds=1'
check "it arrived without the header" sip_got body='^inj$'
check "no such header" not grep -q '"x-injected"' "$SIP_LOG"
finish
