// SPDX-License-Identifier: Apache-2.0
// Any text as the value of a typed header field (the first byte picks which): what is read is written so that
// it reads back the same; lists lose nothing but empty elements.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sip/header/accept.hpp"
#include "sip/header/auth.hpp"
#include "sip/header/call_id.hpp"
#include "sip/header/contact.hpp"
#include "sip/header/content_type.hpp"
#include "sip/header/cseq.hpp"
#include "sip/header/tokens.hpp"
#include "sip/header/via.hpp"
#include "sip/message.hpp"

using namespace stox::sip;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

template <class T>
void writes_what_it_reads(std::string_view text) {
    const auto value = T::parse(text);
    if (!value) return;
    const std::string written = value->to_string();
    const auto again = T::parse(written);
    require(again.has_value() && again->to_string() == written);
}

void try_via(std::string_view text) {
    writes_what_it_reads<via>(text);
    const auto strict = via::parse(text);
    const auto lenient = via::parse_for_refusal(text);
    require(!strict || (lenient.has_value() && lenient->to_string() == strict->to_string()));
    if (!strict) return;
    via answered = *strict;
    answered.set_received("[2001:db8::1]");
    answered.set_parameter("rport", "5060");
    const auto back = via::parse(answered.to_string());
    require(back.has_value() && back->rport() == 5060 && back->received() == "2001:db8::1");
}

void try_auth(std::string_view text) {
    const auto value = auth_value::parse(text);
    if (!value) return;
    for (const std::string& written : {value->to_challenge(), value->to_credentials()}) {
        const auto again = auth_value::parse(written);
        require(again.has_value() && again->scheme == value->scheme &&
                again->parameters == value->parameters);
    }
}

void try_message_fields(std::string_view text) {
    message m = message::request("REGISTER", "sip:h");
    m.add("Contact", text);
    m.add("Accept", text);
    m.add("Supported", text);
    m.add("Max-Forwards", text);
    if (const auto contacts = read_contacts(m); contacts.has_value())
        for (const name_addr& one : contacts->addresses) {
            require(name_addr::parse(one.to_string()).has_value());
            static_cast<void>(contact_expires(one));
        }
    const auto rating = accept_rating(m, "text/plain", 0);
    require(!rating || (*rating >= 0 && *rating <= 1000));
    for (const std::string_view token : token_list(m, "Supported")) require(has_token(m, "Supported", token));
    if (const auto hops = max_forwards(m)) require(*hops >= 0 && *hops <= 255);
    static_cast<void>(is_call_id(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 5) {
        case 0:
            try_via(text);
            break;
        case 1:
            writes_what_it_reads<cseq>(text);
            break;
        case 2:
            writes_what_it_reads<content_type>(text);
            break;
        case 3:
            try_auth(text);
            break;
        default:
            try_message_fields(text);
            break;
    }
    return 0;
}
