// SPDX-License-Identifier: Apache-2.0
#include "interwork/common/refusal_response.hpp"

#include "interwork/common/error_map.hpp"

namespace stox::interwork {
namespace {

// What the stack adds to a response (a To tag, Server) and the name and line end of a header field.
constexpr std::size_t added_by_stack = 48;
constexpr std::size_t around_value = 11;

}  // namespace

sip::message refusal_response(const sip::message& request, const identity::refusal& why, bool real) {
    auto response = sip::message::response(request, why.status);
    if (why.retry_after > 0) response.add("Retry-After", std::to_string(why.retry_after));
    const std::size_t taken = response.to_bytes().size() + added_by_stack + around_value;
    const std::size_t limit = request.to_bytes().size();
    for (const auto* text : {&why.text, &why.brief}) {
        if (text->empty()) continue;
        const auto value = warning_value(why.warning, "stox", *text);
        if (!real && taken + value.size() > limit) continue;
        response.add("Warning", value);
        break;
    }
    return response;
}

}  // namespace stox::interwork
