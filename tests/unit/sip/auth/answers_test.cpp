// SPDX-License-Identifier: Apache-2.0
#include "sip/auth/answers.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::sip;

namespace {

message request() { return message::request("MESSAGE", "sip:b@example.org"); }

message challenged(const message& asked, int status, std::vector<std::string> challenges) {
    auto response = message::response(asked, status);
    for (const auto& c : challenges)
        response.add(status == 407 ? "Proxy-Authenticate" : "WWW-Authenticate", "Digest " + c);
    return response;
}

std::optional<credentials> one_password(std::string_view realm) {
    if (realm == "stranger") return std::nullopt;
    return credentials{"user-" + std::string(realm), "p"};
}

/// "realm nonce nc" of every answer in the request.
std::vector<std::string> answers(const message& m, std::string_view header = "Proxy-Authorization") {
    std::vector<std::string> out;
    for (const auto text : m.all(header)) {
        const auto value = auth_value::parse(text).value();
        const auto* nc = value.parameter("nc");
        out.push_back(*value.parameter("realm") + " " + *value.parameter("nonce") + " " + (nc ? *nc : "-"));
    }
    return out;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("answers: two proxies with different realms, one after the other (RFC 3261 22.3)") {
    challenge_answers state;
    auto m = request();
    REQUIRE(state.answer(m, challenged(m, 407, {"realm=\"one\", nonce=\"a\", qop=\"auth\""}), one_password));
    CHECK(answers(m) == list{"one a 00000001"});
    REQUIRE(state.answer(m, challenged(m, 407, {"realm=\"two\", nonce=\"b\", qop=\"auth\""}), one_password));
    CHECK(answers(m) == list{"one a 00000002", "two b 00000001"});
    REQUIRE(state.answer(m, challenged(m, 401, {"realm=\"one\", nonce=\"c\""}), one_password));
    CHECK(answers(m) == list{"one a 00000003", "two b 00000002"});
    CHECK(answers(m, "Authorization") == list{"one c -"});
}

TEST_CASE("answers: a 407 that forking gathered from two proxies") {
    challenge_answers state;
    auto m = request();
    const list both = {"realm=\"one\", nonce=\"a\"", "realm=\"two\", nonce=\"b\"",
                       "realm=\"stranger\", nonce=\"c\""};
    REQUIRE(state.answer(m, challenged(m, 407, both), one_password));
    CHECK(answers(m) == list{"one a -", "two b -"});
}

TEST_CASE("answers: a refused password is not tried again, a stale nonce is") {
    challenge_answers state;
    auto m = request();
    REQUIRE(state.answer(m, challenged(m, 407, {"realm=\"one\", nonce=\"a\""}), one_password));
    CHECK_FALSE(state.answer(m, challenged(m, 407, {"realm=\"one\", nonce=\"b\""}), one_password));
    CHECK_FALSE(
        state.answer(m, challenged(m, 407, {"realm=\"one\", nonce=\"a\", stale=true"}), one_password));
    REQUIRE(state.answer(m, challenged(m, 407, {"realm=\"one\", nonce=\"d\", stale=TRUE"}), one_password));
    CHECK(answers(m) == list{"one d -"});
}

TEST_CASE("answers: no password, no challenge, or no end of challenges") {
    challenge_answers state;
    auto m = request();
    CHECK_FALSE(state.answer(m, challenged(m, 407, {"realm=\"stranger\", nonce=\"a\""}), one_password));
    CHECK_FALSE(state.answer(m, challenged(m, 407, {}), one_password));
    CHECK(answers(m).empty());
    int rounds = 0;
    while (state.answer(
        m,
        challenged(m, 407,
                   {"realm=\"" + std::to_string(rounds) + "\", nonce=\"n" + std::to_string(rounds) + "\""}),
        one_password))
        ++rounds;
    CHECK(rounds == 4);
}
