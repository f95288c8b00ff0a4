// SPDX-License-Identifier: Apache-2.0
#include "interwork/common/error_map.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "identity/address_map.hpp"
#include "interwork/common/encode.hpp"

namespace stox::interwork {
namespace {

struct condition_row {
    std::string_view condition;
    int status;
};

// RFC 7247 table 2 where one status fits all requests. Differences from the table, each because RFC 3261 asks
// for what a gateway does not have: not-authorized 403 (401 needs a challenge), registration-required 403
// (407 needs one), the 6xx columns as 4xx (a 6xx ends forking for branches that are not ours).
constexpr std::array<condition_row, 17> by_condition{{{"bad-request", 400},
                                                      {"conflict", 400},
                                                      {"forbidden", 403},
                                                      {"internal-server-error", 500},
                                                      {"item-not-found", 404},
                                                      {"jid-malformed", 400},
                                                      {"not-allowed", 403},
                                                      {"not-authorized", 403},
                                                      {"payment-required", 402},
                                                      {"policy-violation", 403},
                                                      {"recipient-unavailable", 480},
                                                      {"registration-required", 403},
                                                      {"resource-constraint", 500},
                                                      {"subscription-required", 400},
                                                      {"undefined-condition", 400},
                                                      {"host-unknown", 404},
                                                      {"host-gone", 410}}};

struct status_row {
    int status;
    std::string_view condition, type;
};

// RFC 7247 table 3 and, from 412 on where it is silent, what the status means. Sorted by status.
constexpr std::array<status_row, 60> by_status{{
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
}};

status_row unlisted(int status) {
    if (status >= 300 && status < 400) return {status, "redirect", "modify"};
    if (status >= 400 && status < 500) return {status, "bad-request", "modify"};
    if (status >= 600) return {status, "recipient-unavailable", "wait"};
    return {status, "internal-server-error", "cancel"};
}

// The address of <gone/> and <redirect/> as a SIP URI; "" when it has none.
std::string sip_contact(const std::string& uri) {
    if (!istarts_with(uri, "xmpp:")) return {};
    const auto address = std::string_view(uri).substr(5);
    const auto decoded = sip::percent_decode(address.substr(0, address.find_first_of("?#")));
    if (!decoded) return {};
    const auto jid = xmpp::jid::parse(*decoded);
    if (!jid) return {};
    const auto mapped = identity::uri_from_jid(*jid);
    return mapped ? mapped->to_string() : std::string();
}

// The first Contact of a 3xx as an xmpp: URI; "" when it has none.
std::string xmpp_contact(const sip::message& response) {
    const auto contacts = response.list("Contact");
    if (contacts.empty()) return {};
    const auto contact = sip::name_addr::parse(contacts.front());
    if (!contact) return {};
    const auto jid = identity::jid_from_address(*contact);
    if (!jid) return {};
    // RFC 5122: each part encoded, the separators not.
    std::string out = "xmpp:";
    if (!jid->local().empty()) out += sip::encode_parameter(jid->local()) + "@";
    out += sip::encode_parameter(jid->domain());
    if (!jid->resource().empty()) out += "/" + sip::encode_parameter(jid->resource());
    return out;
}

// service-unavailable is how XMPP servers hide whether an account exists: 503 would blame the gateway and
// make proxies fail over (RFC 7247 section 7.1 note).
int status_of_service_unavailable(const request_facts& facts) {
    if (facts.method == "MESSAGE") return facts.known_offline ? 480 : 405;
    if (facts.method == "SUBSCRIBE") return 489;
    if (facts.method == "OPTIONS") return 404;
    return 480;
}

int status_of(const xmpp::stanza_error& error, const request_facts& facts) {
    const std::string& c = error.condition;
    // RFC 3261 section 21.4.6: 405 speaks about the method at this address; in a dialog it would kill
    // features.
    if (c == "feature-not-implemented") return facts.in_dialog ? 501 : 405;
    // 301 and 302 need a Contact.
    if (c == "gone") return sip_contact(error.uri).empty() ? 410 : 301;
    if (c == "redirect") return sip_contact(error.uri).empty() ? 480 : 302;
    if (c == "not-acceptable") return facts.method == "INVITE" ? 488 : 406;
    if (c == "remote-server-not-found" && !facts.temporary) return 404;
    // RFC 4320 section 4.1: never 408 to a request that is not INVITE.
    if (c == "remote-server-not-found" || c == "remote-server-timeout")
        return facts.method == "INVITE" ? 408 : 504;
    if (c == "service-unavailable") return status_of_service_unavailable(facts);
    // RFC 3261 section 14: 491 is for requests that crossed inside a dialog.
    if (c == "unexpected-request") return facts.in_dialog ? 491 : 400;
    for (const auto& row : by_condition)
        if (row.condition == c) return row.status;
    return error.type == "wait" ? 480 : 400;
}

// RFC 3261 section 20.43: the text of a Warning in its quotes, taken from `from`.
std::string quoted_text(std::string_view value) {
    const auto open = value.find('"');
    if (open == std::string_view::npos) return {};
    std::string out;
    for (std::size_t i = open + 1; i < value.size() && value[i] != '"'; ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        out.push_back(value[i]);
    }
    return one_line(out);
}

}  // namespace

void sip_failure::apply_to(sip::message& response) const {
    for (const auto& [name, value] : headers) response.add(name, value);
}

std::string warning_value(int code, std::string_view agent, std::string_view text) {
    std::string out = std::to_string(code) + " " + std::string(agent) + " \"";
    for (char c : one_line(text, 512)) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    out.push_back('"');
    return out;
}

sip_failure to_sip(const xmpp::stanza_error& error, const request_facts& facts) {
    sip_failure out;
    out.status = status_of(error, facts);
    out.reason = sip::default_reason(out.status);
    std::string text = one_line(error.text, 512);
    if (error.condition == "registration-required" && text.empty()) text = "registration required";
    if (!text.empty()) out.headers.emplace_back("Warning", warning_value(399, facts.agent, text));
    if (out.status == 301 || out.status == 302)
        out.headers.emplace_back("Contact", "<" + sip_contact(error.uri) + ">");
    if (out.status == 405) out.headers.emplace_back("Allow", std::string(facts.allow));
    if (error.condition == "resource-constraint") out.headers.emplace_back("Retry-After", "30");
    if (out.status == 489) out.headers.emplace_back("Allow-Events", "presence");
    return out;
}

xmpp::stanza_error to_stanza_error(int status, std::string_view text, std::string_view contact) {
    auto row = std::find_if(by_status.begin(), by_status.end(),
                            [status](const status_row& r) { return r.status == status; });
    const status_row found = row == by_status.end() ? unlisted(status) : *row;
    xmpp::stanza_error out;
    out.condition = found.condition;
    out.type = found.type;
    out.text = one_line(text, 512);
    // RFC 7247 section 7.2: a 301 carries the new address, a 410 none; redirect without an address tells
    // nothing.
    const bool moved = status == 301 || found.condition == "redirect";
    if (moved && !contact.empty()) out.uri = one_line(contact, 3072);
    if (found.condition == "redirect" && contact.empty()) {
        out.condition = "recipient-unavailable";
        out.type = "wait";
    }
    return out;
}

xmpp::stanza_error to_stanza_error(const sip::message& response) {
    return to_stanza_error(response.status(), failure_text(response), xmpp_contact(response));
}

xmpp::stanza_error to_stanza_error(const sip::outcome& ended) {
    if (ended.response) return to_stanza_error(*ended.response);
    std::string_view condition = "internal-server-error";
    switch (ended.why.value_or(sip::unanswered::overloaded)) {
        case sip::unanswered::no_domain:
        case sip::unanswered::unreachable:
            condition = "remote-server-not-found";
            break;
        case sip::unanswered::dns_silent:
        case sip::unanswered::timeout:
            condition = "remote-server-timeout";
            break;
        case sip::unanswered::overloaded:
            condition = "resource-constraint";
            break;
    }
    return xmpp::stanza_error::of(condition, one_line(ended.reason, 512));
}

std::string failure_text(const sip::message& response) {
    if (const auto warning = response.header("Warning")) {
        auto text = quoted_text(*warning);
        if (!text.empty()) return text;
    }
    if (const auto reason = response.header("Reason")) {
        auto text = quoted_text(*reason);
        if (!text.empty()) return text;
    }
    return one_line(response.reason());
}

}  // namespace stox::interwork
