// SPDX-License-Identifier: Apache-2.0
// Typical requests, as soft phones send them through two proxies.
#pragma once

#include <string_view>

namespace samples {

inline constexpr std::string_view sip_message =
    "MESSAGE sip:juliet@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/TCP proxy.example.net:5060;branch=z9hG4bK87a1c0de42;rport\r\n"
    "Via: SIP/2.0/UDP 192.0.2.10:5062;received=198.51.100.4;rport=5062;branch=z9hG4bK776asdhds\r\n"
    "Max-Forwards: 69\r\n"
    "Record-Route: <sip:proxy.example.net;transport=tcp;lr>\r\n"
    "From: \"Romeo Montague\" <sip:romeo@example.net>;tag=49583\r\n"
    "To: <sip:juliet@example.com>\r\n"
    "Call-ID: 9D9E00CF-2E9A-4A5C-8D3F-2F4A0D1C9A77\r\n"
    "CSeq: 3 MESSAGE\r\n"
    "Contact: <sip:romeo@192.0.2.10:5062;transport=udp>;+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0>\"\r\n"
    "User-Agent: Softphone/5.2.1 (linux)\r\n"
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, NOTIFY, REFER\r\n"
    "Content-Type: text/plain;charset=UTF-8\r\n"
    "Content-Length: 44\r\n"
    "\r\n"
    "Neither, fair saint, if either thee dislike.";

inline constexpr std::string_view sip_invite =
    "INVITE sip:juliet@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/TLS proxy.example.net:5061;branch=z9hG4bK87a1c0de42;rport\r\n"
    "Via: SIP/2.0/TLS 192.0.2.10:5063;received=198.51.100.4;rport=40122;branch=z9hG4bK776asdhds\r\n"
    "Record-Route: <sip:proxy.example.net:5061;transport=tls;lr>\r\n"
    "Max-Forwards: 69\r\n"
    "From: \"Romeo Montague\" <sip:romeo@example.net>;tag=49583\r\n"
    "To: <sip:juliet@example.com>\r\n"
    "Call-ID: 9D9E00CF-2E9A-4A5C-8D3F-2F4A0D1C9A77\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:romeo@192.0.2.10:5063;transport=tls>\r\n"
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, NOTIFY, REFER, UPDATE, PRACK\r\n"
    "Supported: replaces, outbound, gruu, timer, 100rel\r\n"
    "Session-Expires: 1800;refresher=uac\r\n"
    "Min-SE: 90\r\n"
    "User-Agent: Softphone/5.2.1 (linux)\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 203\r\n"
    "\r\n"
    "v=0\r\n"
    "o=- 3838 1 IN IP4 192.0.2.10\r\n"
    "s=call\r\n"
    "c=IN IP4 192.0.2.10\r\n"
    "t=0 0\r\n"
    "m=audio 7078 RTP/AVP 96 0 8 101\r\n"
    "a=rtpmap:96 opus/48000/2\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:96 useinbandfec=1\r\n"
    "a=rtcp-mux\r\n";

}  // namespace samples
