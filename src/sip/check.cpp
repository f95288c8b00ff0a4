// SPDX-License-Identifier: Apache-2.0
// Which messages may be processed (RFC 3261 sections 8.1.1, 8.1.3.3, 8.2, 16.3, 20). RFC 4475 and RFC 5118
// say per defect what an element answers; tests/vectors/sip/EXPECTED.tsv holds that table.
#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "sip/header/call_id.hpp"
#include "sip/header/contact.hpp"
#include "sip/header/content_type.hpp"
#include "sip/header/cseq.hpp"
#include "sip/header/via.hpp"
#include "sip/message.hpp"
#include "sip/names.hpp"
#include "sip/syntax.hpp"
#include "sip/uri.hpp"

namespace stox::sip {
namespace {

using verdict = std::optional<defect>;

defect bad(std::string reason) { return defect{400, std::move(reason)}; }

bool is_known_scheme(std::string_view scheme) {
    return scheme == "sip" || scheme == "sips" || scheme == "tel" || scheme == "im" || scheme == "pres";
}

verdict check_once(const message& m) {
    for (const std::string_view name : {"From", "To", "Call-ID", "CSeq"}) {
        const std::size_t count = m.all(name).size();
        if (count == 0) return bad("no " + std::string(name));
        if (count > 1) return bad(std::string(name) + " given more than once");
    }
    return std::nullopt;
}

verdict check_single(const message& m) {
    for (const std::string_view name :
         {"Max-Forwards", "Content-Type", "Expires", "Event", "Subject", "Refer-To", "MIME-Version",
          "Min-Expires", "Content-Disposition", "Date"})
        if (m.all(name).size() > 1) return bad(std::string(name) + " given more than once");
    return std::nullopt;
}

verdict check_vias(const message& m) {
    std::size_t count = 0;
    for (const std::string_view value : m.all("Via")) {
        for (std::size_t pos = 0; pos <= value.size(); ++pos) {
            const auto read = via::parse(value, pos);
            if (!read) return bad("Via: " + read.error().text);
            // RFC 4475 section 3.2.1: the cookie alone identifies nothing.
            if (count == 0 && read->branch() == branch_cookie) return bad("Via branch without identifier");
            ++count;
            if (pos == value.size()) break;
        }
    }
    if (count == 0) return bad("no Via");
    if (!m.is_request() && count > 1) return bad("response with more than one Via");  // section 8.1.3.3
    return std::nullopt;
}

verdict check_addresses(const message& m) {
    for (const std::string_view name : {"From", "To"}) {
        const auto read = name_addr::parse(*m.header(name));
        if (!read) return bad(std::string(name) + ": " + read.error().text);
        // Two tags would let two readers see two dialogs.
        const auto is_tag = [](const auto& p) { return p.first == "tag"; };
        if (std::count_if(read->parameters.begin(), read->parameters.end(), is_tag) > 1)
            return bad(std::string(name) + ": two tags");
    }
    return std::nullopt;
}

verdict check_contacts(const message& m) {
    const auto contacts = read_contacts(m);
    if (!contacts) return bad("Contact: " + contacts.error().text);
    if (contacts->wildcard && m.method() != "REGISTER") return bad("Contact: '*' outside of REGISTER");
    return std::nullopt;
}

verdict check_routes(const message& m) {
    for (const std::string_view name : {"Route", "Record-Route"}) {
        for (const std::string_view value : m.all(name)) {
            for (std::size_t pos = 0; pos <= value.size(); ++pos) {
                const auto read = name_addr::parse(value, pos);
                if (!read) return bad(std::string(name) + ": " + read.error().text);
                if (pos == value.size()) break;
            }
        }
    }
    return std::nullopt;
}

verdict check_sequence(const message& m) {
    const auto read = cseq::parse(*m.header("CSeq"));
    if (!read) return bad(read.error().text);
    // RFC 4475 section 3.1.2.18: an unknown method is better told 501, whatever its CSeq says.
    if (m.is_request() && read->method != m.method() && is_registered_method(m.method()))
        return bad("CSeq method differs from the request's");
    if (!is_call_id(*m.header("Call-ID"))) return bad("bad Call-ID");
    return std::nullopt;
}

verdict check_numbers(const message& m) {
    if (const auto value = m.header("Max-Forwards"); value && !parse_decimal<int>(*value, 255))
        return bad("bad Max-Forwards");
    for (const std::string_view name : {"Expires", "Min-Expires"}) {
        const auto value = m.header(name);
        if (value && !parse_decimal<std::uint64_t>(*value, std::numeric_limits<std::uint32_t>::max()))
            return bad("bad " + std::string(name));
    }
    return std::nullopt;
}

verdict check_body(const message& m) {
    const auto value = m.header("Content-Type");
    if (!value) return std::nullopt;
    const auto type = content_type::parse(*value);
    if (!type) return bad("Content-Type: " + type.error().text);
    return std::nullopt;
}

/// An option tag that cannot be read must not be passed over (section 8.2.2.3).
verdict check_requirements(const message& m) {
    for (const std::string_view name : {"Require", "Proxy-Require"})
        for (const std::string_view tag : m.list(name))
            if (!is_token(tag)) return bad("bad " + std::string(name));
    return std::nullopt;
}

verdict check_target(const message& m) {
    const auto target = uri::parse(m.request_uri());
    if (!target) return bad("Request-URI: " + target.error().text);
    if (!is_known_scheme(target->scheme)) return defect{416, "scheme " + target->scheme};
    // Section 19.1.1: headers may not stand in a Request-URI.
    if (!target->headers.empty()) return bad("Request-URI with headers");
    return std::nullopt;
}

}  // namespace

std::optional<defect> check(const message& m) {
    if (!iequals(m.version(), "SIP/2.0")) return defect{505, "version " + std::string(m.version())};
    if (m.syntax_fault()) return m.syntax_fault();
    // A response is judged by what matches and identifies it. What else may be wrong with it, or what it may
    // hold for others, is no reason to ask again or elsewhere for what was answered.
    for (const auto rule : {check_once, check_vias, check_addresses, check_sequence})
        if (auto found = rule(m)) return found;
    if (!m.is_request()) return std::nullopt;
    for (const auto rule : {check_single, check_contacts, check_routes, check_numbers, check_body,
                            check_requirements, check_target})
        if (auto found = rule(m)) return found;
    return std::nullopt;
}

}  // namespace stox::sip
