// SPDX-License-Identifier: Apache-2.0
// Any text as URI and as name-addr: what is read is written so that it reads back equal, and the writing is
// its own fixed point; escapes survive a round trip.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sip/uri.hpp"

using namespace stox::sip;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void try_uri(std::string_view text) {
    const auto u = uri::parse(text);
    if (!u) return;
    const std::string written = u->to_string();
    const auto again = uri::parse(written);
    require(again.has_value() && again->to_string() == written && equivalent(*u, *again));
    require(written.find_first_of(" <>\"\r\n") == std::string::npos);
    require(uri::parse(u->aor().to_string()).has_value());
}

void try_name_addr(std::string_view text) {
    const auto n = name_addr::parse(text);
    if (!n) return;
    const std::string written = n->to_string();
    const auto again = name_addr::parse(written);
    require(again.has_value() && again->to_string() == written);
    require(equivalent(n->address, again->address) && n->parameters == again->parameters);
    require(n->display_name == again->display_name);
}

void try_escapes(std::string_view text) {
    require(*percent_decode(encode_user(text)) == text);
    require(*percent_decode(encode_parameter(text)) == text);
    if (text.empty()) return;
    const auto u = uri::parse("sip:" + encode_user(text) + "@h;p=" + encode_parameter(text));
    require(u.has_value() && u->host == "h" && *percent_decode(u->user) == text);
    require(*percent_decode(*u->parameter("p")) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try_uri(text);
    try_name_addr(text);
    try_escapes(text);
    return 0;
}
