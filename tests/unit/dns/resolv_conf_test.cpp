// SPDX-License-Identifier: Apache-2.0
#include "dns/resolv_conf.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::dns;

TEST_CASE("resolv.conf: servers, comments, options") {
    const auto s = parse_resolv_conf(
        "# made by hand\n"
        "search example.com\n"
        "nameserver 192.0.2.53 ; first\r\n"
        "\tnameserver\t2001:db8::53\n"
        "nameserver not-an-address\n"
        "nameserver 127.0.0.1:5353\n"
        "nameserver 192.0.2.99\n"
        "options edns0 trust-ad\n");
    REQUIRE(s.servers.size() == 3);
    CHECK(net::to_string(s.servers[0]) == "192.0.2.53:53");
    CHECK(net::to_string(s.servers[1]) == "[2001:db8::53]:53");
    CHECK(net::to_string(s.servers[2]) == "127.0.0.1:5353");
    CHECK(s.trust_ad);
    CHECK(s.unusable == std::vector<std::string>{"not-an-address"});
    CHECK(parse_resolv_conf("nameserver fe80::1%eth0\n").unusable.size() == 1);
}

TEST_CASE("resolv.conf: an empty or missing file means the local server, as in glibc") {
    const auto s = parse_resolv_conf("");
    REQUIRE(s.servers.size() == 1);
    CHECK(net::to_string(s.servers[0]) == "127.0.0.1:53");
    CHECK_FALSE(s.trust_ad);
}

TEST_CASE("resolv.conf: AD is believed on loopback or with trust-ad, else not") {
    CHECK(believes_ad(parse_resolv_conf("nameserver 127.0.0.53\n")));
    CHECK(believes_ad(parse_resolv_conf("nameserver ::1\n")));
    CHECK(believes_ad(parse_resolv_conf("nameserver 192.0.2.1\noptions trust-ad\n")));
    CHECK_FALSE(believes_ad(parse_resolv_conf("nameserver 192.0.2.1\n")));
    CHECK_FALSE(believes_ad(parse_resolv_conf("nameserver 127.0.0.1\nnameserver 192.0.2.1\n")));
}

TEST_CASE("resolv.conf: a list of servers as an option") {
    const auto s = parse_server_list("127.0.0.1:5300, [::1]:5301,rubbish");
    REQUIRE(s.servers.size() == 2);
    CHECK(net::to_string(s.servers[1]) == "[::1]:5301");
}
