// SPDX-License-Identifier: Apache-2.0
#include "sip/scanners.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::sip;

namespace {

message from_agent(std::string_view agent) {
    auto m = message::request("OPTIONS", "sip:100@192.0.2.1");
    if (!agent.empty()) m.add("User-Agent", agent);
    return m;
}

}  // namespace

TEST_CASE("scanners: known by their User-Agent") {
    for (const char* agent : {"friendly-scanner", "SIPVicious 0.3", "sipcli/v1.8", "Sundayddr", "sip-scan"})
        CHECK(is_scanner(from_agent(agent)));
    for (const char* agent : {"", "Asterisk PBX", "baresip v1.0", "kamailio (5.6.3)", "My sipcli-free phone"})
        CHECK_FALSE(is_scanner(from_agent(agent)));
}

TEST_CASE("scanners: ten answers, then silence until ten minutes of quiet; others go on") {
    scanner_memory memory;
    const auto source = *net::parse_ip("198.51.100.1");
    auto now = steady_time{} + seconds(1);
    for (int i = 0; i < 10; ++i) CHECK_FALSE(memory.silences(from_agent("friendly-scanner"), source, now));
    CHECK(memory.silences(from_agent("friendly-scanner"), source, now));
    CHECK_FALSE(memory.silences(from_agent("baresip"), source, now));
    CHECK_FALSE(memory.silences(from_agent("sipcli"), *net::parse_ip("198.51.100.2"), now));
    now += std::chrono::minutes(9);
    CHECK(memory.silences(from_agent("sipcli"), source, now));
    now += std::chrono::minutes(11);
    CHECK_FALSE(memory.silences(from_agent("sipcli"), source, now));
}
