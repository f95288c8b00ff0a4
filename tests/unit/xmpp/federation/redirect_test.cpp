// SPDX-License-Identifier: Apache-2.0
// see-other-host (RFC 6120 section 4.9.3.19): what it may say and where it may lead.
#include <catch2/catch.hpp>

#include "xmpp/federation_redirect.hpp"

using namespace stox;
using namespace stox::xmpp;

namespace {

std::string read(std::string_view text) {
    const auto other = parse_other_host(text);
    if (!other) return "refused";
    return other->host + (other->port ? " " + std::to_string(*other->port) : "");
}

net::ip_address ip(const char* text) { return net::parse_ip(text).value(); }

}  // namespace

TEST_CASE("redirect: a domain or an address, with or without a port") {
    CHECK(read("xmpp.example.org") == "xmpp.example.org");
    CHECK(read(" xmpp.example.org:5270\n") == "xmpp.example.org 5270");
    CHECK(read("192.0.2.1:5269") == "192.0.2.1 5269");
    CHECK(read("[2001:db8::1]:9222") == "2001:db8::1 9222");
    CHECK(read("[2001:db8::1]") == "2001:db8::1");
    CHECK(read("b\xC3\xBC"
               "cher.example") == "xn--bcher-kva.example");
    for (const auto* wrong :
         {"", ":5269", "x.example:", "x.example:0", "x.example:65536", "x.example:-1", "2001:db8::1",
          "[2001:db8::1", "[192.0.2.1]:1", "u@x.example", "x.example/r", "[x.example]:1", "]:1"}) {
        INFO(wrong);
        CHECK(read(wrong) == "refused");
    }
}

TEST_CASE(
    "redirect: never to ourselves, to what is local to the link, or into a private network from outside") {
    const auto public_peer = ip("198.51.100.7"), private_peer = ip("10.0.0.7");
    const std::vector<net::ip_address> own{ip("203.0.113.5"), ip("10.0.0.5")};
    CHECK(may_follow(ip("203.0.113.9"), public_peer, own));
    CHECK(may_follow(ip("10.0.0.9"), private_peer, own));
    for (const auto* wrong :
         {"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.1.1", "fe80::1", "0.0.0.0", "224.0.0.1",
          "203.0.113.5", "::ffff:203.0.113.5", "10.0.0.9", "192.168.1.1", "fd00::1"}) {
        INFO(wrong);
        CHECK_FALSE(may_follow(ip(wrong), public_peer, own));
    }
    CHECK_FALSE(may_follow(ip("10.0.0.5"), private_peer, own));
}
