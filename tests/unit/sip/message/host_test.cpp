// SPDX-License-Identifier: Apache-2.0
#include "sip/host.hpp"

#include <catch2/catch.hpp>

#include "sip/uri.hpp"

using namespace stox;
using namespace stox::sip;

TEST_CASE("host: a name with the root's dot is the same domain") {
    CHECK(read_host("XMPP.test.") == "xmpp.test");
    CHECK(read_host_port("xmpp.test.:5060")->host == "xmpp.test");
    CHECK(uri::parse("sip:a@xmpp.test.")->host == "xmpp.test");
    CHECK(uri::parse("sip:a@xmpp.test.")->to_string() == "sip:a@xmpp.test");
    CHECK_FALSE(read_host("."));
    CHECK_FALSE(read_host("xmpp.test.."));
}
