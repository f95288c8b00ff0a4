// SPDX-License-Identifier: Apache-2.0
// Any bytes as a SIP URI, a JID and a guest form: what maps comes back as the same user, and what is written
// parses again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "identity/address_map.hpp"

using namespace stox;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void from_uri(std::string_view text) {
    const auto uri = sip::uri::parse(text);
    if (!uri) return;
    const auto jid = identity::jid_from_uri(*uri, "numbers.example");
    if (!jid) return;
    const auto reread = xmpp::jid::parse(jid->to_string());
    require(reread.has_value() && *reread == *jid);
    const auto back = identity::uri_from_jid(*jid);
    if (!back) return;
    const auto again = sip::uri::parse(back->to_string());
    require(again.has_value());
    require(identity::jid_from_uri(*again).value() == *jid);
    if (const auto original = identity::original_of_guest(*uri))
        require(sip::uri::parse(original->to_string()).has_value());
}

void from_jid(std::string_view text) {
    const auto jid = xmpp::jid::parse(text);
    if (!jid) return;
    const auto uri = identity::uri_from_jid(*jid);
    if (!uri) return;
    const auto wire = sip::uri::parse(uri->to_string());
    require(wire.has_value() && wire->headers.empty());
    require(identity::jid_from_uri(*wire).value() == *jid);
    if (const auto guest = identity::guest_jid(*jid, "g.example"))
        require(identity::original_of_guest(*guest).value() == *jid);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    require(identity::unescape_local(identity::escape_local(bytes)) == bytes);
    from_uri(bytes);
    from_uri("sip:" + std::string(bytes) + "@d.example");
    from_jid(bytes);
    from_jid(identity::escape_local(bytes) + "@d.example");
    return 0;
}
