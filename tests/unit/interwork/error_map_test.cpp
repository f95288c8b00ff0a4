// SPDX-License-Identifier: Apache-2.0
// RFC 7247 section 7: every row of both tables, and what RFC 3261 demands of the statuses.
#include "interwork/common/error_map.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace stox;
using interwork::request_facts;

namespace {

std::string header_of(const interwork::sip_failure& failure, std::string_view name) {
    for (const auto& [key, value] : failure.headers)
        if (key == name) return value;
    return {};
}

int status_for(std::string_view condition, request_facts facts = {}) {
    return interwork::to_sip(xmpp::stanza_error::of(condition), facts).status;
}

sip::message response(std::string_view headers, std::string_view status = "480 Temporarily Unavailable") {
    std::string bytes = "SIP/2.0 " + std::string(status) +
                        "\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@a.example>;tag=1\r\n"
                        "To: <sip:b@b.example>;tag=2\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n" +
                        std::string(headers) + "Content-Length: 0\r\n\r\n";
    return std::move(sip::message::parse(std::move(bytes)).value());
}

}  // namespace

TEST_CASE("error map: XMPP condition -> SIP status (RFC 7247 table 2)") {
    struct row {
        const char* condition;
        int message, invite, in_dialog;
    };
    const auto r = GENERATE(values<row>({{"bad-request", 400, 400, 400},
                                         {"conflict", 400, 400, 400},
                                         {"feature-not-implemented", 405, 405, 501},
                                         {"forbidden", 403, 403, 403},
                                         {"gone", 410, 410, 410},
                                         {"internal-server-error", 500, 500, 500},
                                         {"item-not-found", 404, 404, 404},
                                         {"jid-malformed", 400, 400, 400},
                                         {"not-acceptable", 406, 488, 406},
                                         {"not-allowed", 403, 403, 403},
                                         {"not-authorized", 403, 403, 403},
                                         {"payment-required", 402, 402, 402},
                                         {"policy-violation", 403, 403, 403},
                                         {"recipient-unavailable", 480, 480, 480},
                                         {"redirect", 480, 480, 480},
                                         {"registration-required", 403, 403, 403},
                                         {"remote-server-not-found", 404, 404, 404},
                                         {"remote-server-timeout", 504, 408, 504},
                                         {"resource-constraint", 500, 500, 500},
                                         {"service-unavailable", 405, 480, 405},
                                         {"subscription-required", 400, 400, 400},
                                         {"undefined-condition", 400, 400, 400},
                                         {"unexpected-request", 400, 400, 491}}));
    INFO(r.condition);
    request_facts invite, dialog;
    invite.method = "INVITE";
    dialog.in_dialog = true;
    CHECK(status_for(r.condition) == r.message);
    CHECK(status_for(r.condition, invite) == r.invite);
    CHECK(status_for(r.condition, dialog) == r.in_dialog);
}

TEST_CASE("error map: no condition ever gives 401, 407, 503 or a 6xx") {
    for (const char* condition :
         {"forbidden", "item-not-found", "not-acceptable", "not-authorized", "recipient-unavailable",
          "registration-required", "service-unavailable", "feature-not-implemented", "no-such-condition"}) {
        const int status = status_for(condition);
        CHECK(status < 600);
        CHECK(status != 401);
        CHECK(status != 407);
        CHECK(status != 503);
    }
}

TEST_CASE("error map: service-unavailable by request, since it hides whether an account exists") {
    request_facts facts;
    facts.known_offline = true;
    CHECK(status_for("service-unavailable", facts) == 480);
    facts.method = "SUBSCRIBE";
    CHECK(status_for("service-unavailable", facts) == 489);
    facts.method = "OPTIONS";
    CHECK(status_for("service-unavailable", facts) == 404);
}

TEST_CASE("error map: a server that does not exist is 404, one that cannot be reached now times out") {
    request_facts facts;
    facts.temporary = true;
    CHECK(status_for("remote-server-not-found", facts) == 504);
    facts.method = "INVITE";
    CHECK(status_for("remote-server-not-found", facts) == 408);
}

TEST_CASE("error map: 405 carries Allow, resource-constraint Retry-After, words go into Warning") {
    CHECK(header_of(interwork::to_sip(xmpp::stanza_error::of("feature-not-implemented")), "Allow") ==
          "OPTIONS, MESSAGE");
    CHECK(header_of(interwork::to_sip(xmpp::stanza_error::of("resource-constraint")), "Retry-After") == "30");
    const auto failure =
        interwork::to_sip(xmpp::stanza_error::of("not-acceptable", "say \"please\"\r\nX: y"));
    CHECK(header_of(failure, "Warning") == "399 stox \"say \\\"please\\\"  X: y\"");
    CHECK(header_of(interwork::to_sip(xmpp::stanza_error::of("registration-required")), "Warning") ==
          "399 stox \"registration required\"");
}

TEST_CASE("error map: gone and redirect with an address become 301 and 302 with Contact") {
    auto gone = xmpp::stanza_error::of("gone");
    gone.uri = "xmpp:o%5C27malley@d.example?message";
    const auto moved = interwork::to_sip(gone);
    CHECK(moved.status == 301);
    CHECK(header_of(moved, "Contact") == "<sip:o'malley@d.example>");
    auto redirect = xmpp::stanza_error::of("redirect");
    redirect.uri = "xmpp:b@d.example";
    CHECK(interwork::to_sip(redirect).status == 302);
    redirect.uri = "javascript:alert(1)";
    CHECK(interwork::to_sip(redirect).status == 480);
    redirect.uri = "xmpp:b@d.example>\r\nRoute: <sip:evil>";
    CHECK(header_of(interwork::to_sip(redirect), "Contact").find("Route") == std::string::npos);
}

TEST_CASE("error map: SIP status -> XMPP condition and type (RFC 7247 table 3)") {
    struct row {
        int status;
        const char *condition, *type;
    };
    const auto r = GENERATE(values<row>({
        {301, "gone", "cancel"},
        {380, "not-acceptable", "modify"},
        {400, "bad-request", "modify"},
        {401, "not-authorized", "auth"},
        {402, "bad-request", "modify"},
        {403, "forbidden", "auth"},
        {404, "item-not-found", "cancel"},
        {405, "feature-not-implemented", "cancel"},
        {406, "not-acceptable", "modify"},
        {407, "registration-required", "auth"},
        {408, "remote-server-timeout", "wait"},
        {410, "gone", "cancel"},
        {412, "conflict", "cancel"},
        {413, "policy-violation", "modify"},
        {414, "policy-violation", "modify"},
        {415, "not-acceptable", "modify"},
        {416, "not-acceptable", "modify"},
        {417, "not-acceptable", "modify"},
        {420, "feature-not-implemented", "cancel"},
        {421, "not-acceptable", "modify"},
        {423, "resource-constraint", "wait"},
        {424, "bad-request", "modify"},
        {428, "not-authorized", "auth"},
        {429, "bad-request", "modify"},
        {430, "recipient-unavailable", "wait"},
        {433, "not-acceptable", "modify"},
        {436, "not-authorized", "auth"},
        {437, "not-authorized", "auth"},
        {438, "not-authorized", "auth"},
        {439, "feature-not-implemented", "cancel"},
        {440, "policy-violation", "modify"},
        {469, "feature-not-implemented", "cancel"},
        {470, "forbidden", "auth"},
        {480, "recipient-unavailable", "wait"},
        {481, "item-not-found", "cancel"},
        {482, "not-acceptable", "modify"},
        {483, "not-acceptable", "modify"},
        {484, "item-not-found", "cancel"},
        {485, "item-not-found", "cancel"},
        {486, "recipient-unavailable", "wait"},
        {487, "recipient-unavailable", "wait"},
        {488, "not-acceptable", "modify"},
        {489, "policy-violation", "modify"},
        {491, "unexpected-request", "wait"},
        {493, "bad-request", "modify"},
        {494, "not-acceptable", "modify"},
        {500, "internal-server-error", "cancel"},
        {501, "feature-not-implemented", "cancel"},
        {502, "remote-server-not-found", "cancel"},
        {503, "internal-server-error", "cancel"},
        {504, "remote-server-timeout", "wait"},
        {505, "not-acceptable", "modify"},
        {513, "policy-violation", "modify"},
        {580, "not-acceptable", "modify"},
        {600, "recipient-unavailable", "wait"},
        {603, "recipient-unavailable", "wait"},
        {604, "item-not-found", "cancel"},
        {606, "not-acceptable", "modify"},
        {607, "forbidden", "auth"},
        {608, "policy-violation", "modify"},
        {499, "bad-request", "modify"},
        {599, "internal-server-error", "cancel"},
        {699, "recipient-unavailable", "wait"},
    }));
    INFO(r.status);
    const auto error = interwork::to_stanza_error(r.status);
    CHECK(error.condition == r.condition);
    CHECK(error.type == r.type);
    CHECK(error.uri.empty());
}

TEST_CASE("error map: redirects name the mapped address, and without one say unavailable") {
    for (const int status : {300, 302, 305, 399}) {
        const auto error = interwork::to_stanza_error(status, {}, "xmpp:b@d.example");
        CHECK(error.condition == "redirect");
        CHECK(error.type == "modify");
        CHECK(error.uri == "xmpp:b@d.example");
        CHECK(interwork::to_stanza_error(status).condition == "recipient-unavailable");
    }
    CHECK(interwork::to_stanza_error(410, {}, "xmpp:b@d.example").uri.empty());
    const auto moved =
        interwork::to_stanza_error(response("Contact: <sip:new@b.example:5070>;q=1\r\n", "301 Moved"));
    CHECK(moved.condition == "gone");
    CHECK(moved.uri == "xmpp:new@b.example");
}

TEST_CASE("error map: the words of a response are its Warning, else its Reason, else its reason phrase") {
    CHECK(interwork::to_stanza_error(response("")).text == "Temporarily Unavailable");
    CHECK(interwork::to_stanza_error(response("Reason: SIP;cause=480;text=\"on leave\"\r\n")).text ==
          "on leave");
    CHECK(interwork::to_stanza_error(response("Warning: 399 x \"a \\\"b\\\" c\"\r\n")).text == "a \"b\" c");
}
