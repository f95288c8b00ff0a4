// SPDX-License-Identifier: Apache-2.0
#include "interwork/common/refusal_response.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::interwork;
using Catch::Contains;

namespace {

sip::message request_with(const std::string& more) {
    return std::move(
        sip::message::parse("MESSAGE sip:juliet@capulet.example SIP/2.0\r\n"
                            "Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1;rport\r\n"
                            "From: <sip:romeo@montague.example>;tag=1\r\nTo: <sip:juliet@capulet.example>\r\n"
                            "Call-ID: a\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n" +
                            more + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi")
            .value());
}

identity::refusal unproven() {
    auto out = identity::refusal::forbidden(std::string(300, 'x') + " the whole story");
    out.brief = "192.0.2.9 not proven for montague.example: [[sip.peer]] address=192.0.2.9";
    return out;
}

}  // namespace

TEST_CASE("refusal: a real source reads the whole text however small its request was") {
    const auto response = refusal_response(request_with(""), unproven(), true);
    CHECK(response.status() == 403);
    CHECK_THAT(std::string(*response.header("Warning")), Contains("the whole story"));
}

TEST_CASE("refusal: who may have forged the source gets no more bytes than he sent (security L5)") {
    const std::string phone =
        "User-Agent: A phone of some make 1.2.3\r\nContact: <sip:romeo@192.0.2.9:5060>\r\n"
        "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, NOTIFY\r\n";
    for (std::size_t more = 0; more < 700; ++more) {
        const auto request = request_with(phone + "X-Pad: " + std::string(more, 'p') + "\r\n");
        const auto response = refusal_response(request, unproven(), false);
        // The stack adds a To tag and its name.
        CHECK(response.to_bytes().size() + 48 <= request.to_bytes().size());
    }
    const auto brief = refusal_response(request_with(phone), unproven(), false);
    REQUIRE(brief.header("Warning"));
    CHECK_THAT(std::string(*brief.header("Warning")), Contains("[[sip.peer]] address=192.0.2.9"));
    CHECK_FALSE(refusal_response(request_with(""), unproven(), false).header("Warning"));
}

TEST_CASE("refusal: Retry-After goes with what is temporary") {
    const auto response = refusal_response(request_with(""), identity::refusal::too_much("later", 5), true);
    CHECK(response.status() == 503);
    CHECK(*response.header("Retry-After") == "5");
}
