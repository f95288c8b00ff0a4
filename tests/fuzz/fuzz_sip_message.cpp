// SPDX-License-Identifier: Apache-2.0
// Any datagram: what is accepted is written so that it reads back as the same fields, and the writing is its
// own fixed point; a refusal is a well formed response with no line of the peer's making.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.hpp"
#include "sip/framer.hpp"
#include "sip/message.hpp"

using namespace stox::sip;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void same_fields(const message& a, const message& b) {
    std::size_t i = 0;
    for (const header_field& field : a.headers()) {
        if (stox::iequals(field.name, "Content-Length")) continue;
        require(i < b.headers().size());
        require(b.headers()[i].name == field.name && b.headers()[i].value == field.value);
        ++i;
    }
    require(i + 1 == b.headers().size());
    require(a.body() == b.body());
    require(a.method() == b.method() && a.status() == b.status() && a.reason() == b.reason());
    require(a.request_uri() == b.request_uri());
}

void written_well(const message& m) {
    const std::string bytes = m.to_bytes();
    const auto again = message::parse(bytes);
    require(again.has_value() && !again->syntax_fault());
    same_fields(m, *again);
    require(again->to_bytes() == bytes);
    require(m.clone().to_bytes() == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto m = message::parse(std::string(reinterpret_cast<const char*>(data), size));
    if (!m) return 0;
    const auto fault = check(*m);
    if (!fault) {
        written_well(*m);
    } else if (const auto answer = refusal(*m, *fault)) {
        const auto back = message::parse(answer->to_bytes());
        require(back.has_value() && back->headers().size() == answer->headers().size() + 1);
        require(back->status() == fault->status);
    }
    return 0;
}
