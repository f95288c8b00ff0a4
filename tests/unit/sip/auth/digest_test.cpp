// SPDX-License-Identifier: Apache-2.0
#include "sip/auth/digest.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::sip;

namespace {

digest_input example(std::string algorithm) {  // RFC 7616 section 3.9.1
    digest_input in;
    in.algorithm = std::move(algorithm);
    in.user = "Mufasa";
    in.password = "Circle of Life";
    in.realm = "http-auth@example.org";
    in.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    in.method = "GET";
    in.uri = "/dir/index.html";
    in.qop = "auth";
    in.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    return in;
}

message challenged(int status, std::vector<std::string> challenges) {
    auto request = message::request("MESSAGE", "sip:b@example.org");
    auto response = message::response(request, status);
    for (const auto& c : challenges)
        response.add(status == 407 ? "Proxy-Authenticate" : "WWW-Authenticate", c);
    return response;
}

std::optional<challenge> strongest_challenge(const message& response) {
    auto all = strongest_challenges(response);
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

}  // namespace

TEST_CASE("digest: the examples of RFC 7616 3.9.1") {
    CHECK(digest_response(example("MD5")) == "8ca523f5e9506fed4657c9700eebdbec");
    CHECK(digest_response(example("SHA-256")) ==
          "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    CHECK_FALSE(digest_response(example("SHA-1")));
}

TEST_CASE("digest: the example of RFC 2617 3.5, with and without qop") {
    auto in = example("MD5");
    in.realm = "testrealm@host.com";
    in.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
    in.password = "Circle Of Life";
    in.cnonce = "0a4f113b";
    CHECK(digest_response(in) == "6629fae49393a05397450978507c4ef1");
    in.qop.clear();
    CHECK(digest_response(in) == "670fd8c2df070c60b045671b8b24ff02");
}

TEST_CASE("digest: the strongest challenge that can be answered is chosen (RFC 8760 2.4)") {
    const auto best = strongest_challenge(challenged(
        401, {"Digest realm=\"r\", nonce=\"m\"", "Digest realm=\"r\", nonce=\"s\", algorithm=SHA-256",
              "Digest realm=\"r\", nonce=\"x\", algorithm=SHA-999", "Basic realm=\"r\""}));
    REQUIRE(best);
    CHECK(best->nonce() == "s");
    CHECK(best->answer_header() == "Authorization");
}

TEST_CASE("digest: a challenge that asks for body integrity only cannot be answered") {
    CHECK_FALSE(strongest_challenge(challenged(401, {"Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\""})));
    CHECK_FALSE(strongest_challenge(challenged(401, {"Digest nonce=\"n\""})));
    CHECK_FALSE(strongest_challenge(challenged(401, {"garbage"})));
    CHECK_FALSE(strongest_challenge(challenged(404, {"Digest realm=\"r\", nonce=\"n\""})));
}

TEST_CASE("digest: 407 is answered in Proxy-Authorization with what was asked") {
    const auto asked = strongest_challenge(challenged(
        407, {"Digest realm=\"r\", nonce=\"n\", qop=\"auth,auth-int\", opaque=\"o\", algorithm=MD5"}));
    REQUIRE(asked);
    CHECK(asked->answer_header() == "Proxy-Authorization");
    const auto text = credentials_for(*asked, {"u", "p"}, "MESSAGE", "sip:b@example.org", "c");
    const auto value = auth_value::parse(text);
    REQUIRE(value.has_value());
    CHECK(*value->parameter("username") == "u");
    CHECK(*value->parameter("uri") == "sip:b@example.org");
    CHECK(*value->parameter("nc") == "00000001");
    CHECK(*value->parameter("qop") == "auth");
    CHECK(*value->parameter("opaque") == "o");
    CHECK(value->parameter("response")->size() == 32);
}

TEST_CASE("digest: one challenge per realm, each the strongest of its realm (RFC 3261 22.3)") {
    const auto all = strongest_challenges(
        challenged(407, {"Digest realm=\"a\", nonce=\"1\"", "Digest realm=\"b\", nonce=\"2\"",
                         "Digest realm=\"a\", nonce=\"3\", algorithm=SHA-256"}));
    REQUIRE(all.size() == 2);
    CHECK(all[0].nonce() == "3");
    CHECK(all[1].nonce() == "2");
}
