// SPDX-License-Identifier: Apache-2.0
#include "net/address.hpp"

#include <catch2/catch.hpp>

using namespace stox::net;

namespace {

ip_address ip(const char* text) { return boost::asio::ip::make_address(text); }

}  // namespace

TEST_CASE("address: text forms both ways") {
    CHECK(to_string(socket_address{ip("192.0.2.1"), 5060}) == "192.0.2.1:5060");
    CHECK(to_string(socket_address{ip("2001:db8::1"), 5060}) == "[2001:db8::1]:5060");
    CHECK(to_host(ip("2001:db8::1")) == "[2001:db8::1]");
    CHECK(parse_ip("192.0.2.1") == ip("192.0.2.1"));
    CHECK(parse_ip("2001:db8::1") == ip("2001:db8::1"));
    CHECK(parse_ip("[2001:db8::1]") == ip("2001:db8::1"));
    CHECK(parse_ip("::ffff:192.0.2.1") == ip("::ffff:192.0.2.1"));
    CHECK(parse_socket_address("192.0.2.1:5060") == socket_address{ip("192.0.2.1"), 5060});
    CHECK(parse_socket_address("[2001:db8::1]:65535") == socket_address{ip("2001:db8::1"), 65535});
}

TEST_CASE("address: what is no address") {
    for (const auto* text :
         {"", "example.com", "1.2.3", "1.2.3.4.5", "1.2.3.256", "0x7f.0.0.1", "127.1", "[1.2.3.4]",
          "fe80::1%eth0", "[::1", "::1]", ":::", "1.2.3.4 ", " 1.2.3.4", "g::1"}) {
        INFO(text);
        CHECK_FALSE(parse_ip(text).has_value());
    }
    for (const auto* text :
         {"192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "::1:5060", "[::1]5060", ":1"}) {
        INFO(text);
        CHECK_FALSE(parse_socket_address(text).has_value());
    }
}

TEST_CASE("address: classes, mapped forms included") {
    for (const auto* text : {"127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"})
        CHECK(is_loopback(ip(text)));
    for (const auto* text :
         {"10.0.0.1", "172.31.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1"})
        CHECK(is_private(ip(text)));
    for (const auto* text : {"11.0.0.1", "172.32.0.1", "100.128.0.1", "2001:db8::1"})
        CHECK_FALSE(is_private(ip(text)));
    for (const auto* text :
         {"0.0.0.0", "0.1.2.3", "127.0.0.1", "169.254.1.1", "224.0.0.1", "255.255.255.255", "::", "::1",
          "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0.0.0.0"}) {
        INFO(text);
        CHECK(is_special(ip(text)));
    }
    for (const auto* text : {"192.0.2.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1"})
        CHECK_FALSE(is_special(ip(text)));
    CHECK(unmapped(ip("::ffff:192.0.2.1")) == ip("192.0.2.1"));
}

TEST_CASE("address: a source is an IPv4 address or an IPv6 /64") {
    CHECK(source_prefix(ip("192.0.2.1")) == ip("192.0.2.1"));
    CHECK(source_prefix(ip("::ffff:192.0.2.1")) == ip("192.0.2.1"));
    CHECK(source_prefix(ip("2001:db8:1:2:3:4:5:6")) == ip("2001:db8:1:2::"));
}
