// SPDX-License-Identifier: Apache-2.0
// Which responses may be matched (RFC 3261 section 8.1.3).
#include <catch2/catch.hpp>

#include "sip/message.hpp"

using namespace stox;
using namespace stox::sip;

namespace {

const std::string request =
    "MESSAGE sip:b@sip.test SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: \"A\" <sip:a@peer.test>;tag=1\r\n"
    "To: <sip:b@sip.test>\r\n"
    "Call-ID: c1@peer.test\r\n"
    "CSeq: 1 MESSAGE\r\n"
    "Content-Length: 0\r\n"
    "\r\n";

message read(const std::string& bytes) {
    auto m = message::parse(bytes);
    REQUIRE(m.has_value());
    return std::move(*m);
}

}  // namespace

TEST_CASE("check: a response is dropped for what matches it, not for what it holds besides") {
    const std::string answer = message::response(read(request), 200).to_bytes();
    const auto changed = [&](std::string_view from, std::string_view to) {
        std::string out = answer;
        const std::size_t at = out.find(from);
        REQUIRE(at != std::string::npos);
        return read(out.replace(at, from.size(), to));
    };
    for (const char* field :
         {"Contact: *", "Contact: sip:", "Expires: soon", "Max-Forwards: -1", "Route: x",
          "Content-Type: text", "Record-Route: ;;", "Require: \"a\"", "Date: 1\r\nDate: 2"})
        CHECK(!check(changed("CSeq:", std::string(field) + "\r\nCSeq:")));
    CHECK(check(changed("CSeq: 1 MESSAGE", "CSeq: x MESSAGE")));
    CHECK(check(changed("Via:", "Via: SIP/2.0/UDP other\r\nVia:")));
    CHECK(check(changed("To: <sip:b@sip.test>", "To: <sip:b@sip.test>\r\nTo: <sip:b@sip.test>")));
    CHECK(check(changed("SIP/2.0", "SIP/3.0")));
    CHECK(check(changed("From: ", "X-From: ")));
}
