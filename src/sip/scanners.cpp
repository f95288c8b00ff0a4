// SPDX-License-Identifier: Apache-2.0
#include "sip/scanners.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace stox::sip {

namespace {

constexpr int answered = 10;
constexpr std::chrono::minutes memory{10};
// As the tools write themselves; none of them is ever a phone or a proxy.
constexpr std::array<std::string_view, 10> known = {
    "friendly-scanner", "friendly-request", "sipvicious", "sundayddr", "sip-scan",
    "sipcli",           "siparmyknife",     "iwar",       "sivus",     "pplsip"};

}  // namespace

bool is_scanner(const message& request) {
    const auto agent = to_lower(request.header("User-Agent").value_or(""));
    if (agent.empty()) return false;
    return std::any_of(known.begin(), known.end(), [&](std::string_view name) {
        // At its begin: "sipcli" inside of another word is somebody else.
        return agent.starts_with(name);
    });
}

bool scanner_memory::silences(const message& request, const net::ip_address& source, steady_time now) {
    if (!is_scanner(request)) return false;
    const auto from = net::source_prefix(source);
    const auto* before = seen_.find(from, now);
    const int count = before == nullptr ? 0 : *before;
    seen_.put(from, std::min(count + 1, answered), now + memory);
    return count >= answered;
}

}  // namespace stox::sip
