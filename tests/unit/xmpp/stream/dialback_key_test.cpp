// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/dialback_key.hpp"

#include <catch2/catch.hpp>

using namespace stox::xmpp::stream;

TEST_CASE("dialback key: the example of XEP-0185 section 3") {
    const auto key = dialback_key("s3cr3tf0rd14lb4ck", "xmpp.example.com", "example.org", "D60000229F");
    CHECK(key == "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643");
}

TEST_CASE("dialback key: every input changes it") {
    const auto key = dialback_key("s", "a", "b", "c");
    CHECK(key != dialback_key("t", "a", "b", "c"));
    CHECK(key != dialback_key("s", "b", "a", "c"));
    CHECK(key != dialback_key("s", "a", "b", "d"));
}
