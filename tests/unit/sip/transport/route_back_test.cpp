// SPDX-License-Identifier: Apache-2.0
#include "sip/transport/route_back.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::sip;

namespace {

const auto source = *net::parse_socket_address("192.0.2.7:40000");

message with_via(const std::string& value) {
    auto m = message::request("OPTIONS", "sip:b@example.org");
    m.add("Via", value);
    m.add("Via", "SIP/2.0/UDP second.example;branch=z9hG4bK2");
    return m;
}

net::socket_address back(const std::string& value, transport kind = transport::udp) {
    auto m = with_via(value);
    const auto top = stamp_top_via(m, source);
    flow f;
    f.kind = kind;
    f.remote = source;
    return reply_address(*top, f);
}

}  // namespace

TEST_CASE("Via: received and rport are written into the top element only (RFC 3581 4)") {
    auto m = with_via("SIP/2.0/UDP a.example;branch=z9hG4bK1;rport, SIP/2.0/UDP b.example;branch=z9hG4bK3");
    const auto top = stamp_top_via(m, source);
    REQUIRE(top.has_value());
    CHECK(top->received() == "192.0.2.7");
    CHECK(top->rport() == 40000);
    const auto all = m.list("Via");
    REQUIRE(all.size() == 3);
    CHECK(all[0].find("received=192.0.2.7") != std::string_view::npos);
    CHECK(all[1] == "SIP/2.0/UDP b.example;branch=z9hG4bK3");
    CHECK(all[2] == "SIP/2.0/UDP second.example;branch=z9hG4bK2");
}

TEST_CASE("Via: without rport and with the true address nothing is added") {
    auto m = with_via("SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bK1");
    const auto top = stamp_top_via(m, source);
    REQUIRE(top.has_value());
    CHECK(top->received().empty());
}

TEST_CASE("Via: a response leaves for the source's host whatever the Via says (RFC 3261 18.2.2)") {
    CHECK(net::to_string(back("SIP/2.0/UDP a.example;rport;branch=z9hG4bK1")) == "192.0.2.7:40000");
    CHECK(net::to_string(back("SIP/2.0/UDP a.example:5070;branch=z9hG4bK1")) == "192.0.2.7:5070");
    CHECK(net::to_string(back("SIP/2.0/UDP a.example;branch=z9hG4bK1")) == "192.0.2.7:5060");
    CHECK(net::to_string(back("SIP/2.0/UDP a.example:0;branch=z9hG4bK1")) == "192.0.2.7:5060");
    CHECK(net::to_string(back("SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1")) == "192.0.2.7:5060");
    CHECK(
        net::to_string(back("SIP/2.0/UDP a.example;maddr=239.1.1.1;received=198.51.100.1;branch=z9hG4bK1")) ==
        "192.0.2.7:5060");
    CHECK(net::to_string(back("SIP/2.0/TLS a.example;rport;branch=z9hG4bK1", transport::tls)) ==
          "192.0.2.7:5061");
}

TEST_CASE("Via: what the peer wrote stays as it was (RFC 3261 8.2.6), received and rport are added") {
    struct row {
        std::string in, out;
    };
    const std::vector<row> rows = {
        {"SIP / 2.0 / UDP A.example ; Branch=\"z9hG4bK;1\" ;x=\"\\\";\"",
         "SIP / 2.0 / UDP A.example ; Branch=\"z9hG4bK;1\" ;x=\"\\\";\";received=192.0.2.7"},
        {"SIP/2.0/UDP a.example;rport;branch=z9hG4bK1",
         "SIP/2.0/UDP a.example;branch=z9hG4bK1;received=192.0.2.7;rport=40000"},
        {"SIP/2.0/UDP a.example;received=1.2.3.4 ; rport = 9;branch=z9hG4bK1 , SIP/2.0/UDP b",
         "SIP/2.0/UDP a.example;branch=z9hG4bK1;received=192.0.2.7;rport=40000, SIP/2.0/UDP b"},
    };
    for (const auto& r : rows) {
        auto m = with_via(r.in);
        INFO(r.in);
        REQUIRE(stamp_top_via(m, source).has_value());
        CHECK(*m.header("Via") == r.out);
    }
}
