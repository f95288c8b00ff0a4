// SPDX-License-Identifier: Apache-2.0
// Component mode, and the attempts to make stox a relay: each must end in a refusal without one DNS question
// about the third party.
#include <catch2/catch.hpp>

#include "zone.hpp"

using namespace stox;
using namespace stox::test;
using Catch::Contains;

namespace {

// Component gateway.capulet.example.net of the server for capulet.example.net.
struct component_gateway : gateway {
    component_gateway() {
        config::component c;
        c.domain = "gateway.capulet.example.net";
        settings.component = c;
        dns.host("gateway.capulet.example.net", "192.0.2.1");
        start();
    }
};

}  // namespace

TEST_CASE("component: users of the attached server open traffic to foreign SIP domains") {
    component_gateway g;
    CHECK(outcome(g.xmpp_to("bob\\40other.example@gateway.capulet.example.net",
                            "juliet@capulet.example.net/b", true)) ==
          "sip:juliet@capulet.example.net;gr=b -> sip:bob@other.example @ other.example");
    // Back: the pair has talked; through the component, since the server is behind it.
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:bob@other.example")) ==
          "bob\\40other.example@gateway.capulet.example.net -> juliet@capulet.example.net component");
}

TEST_CASE("component: without SIP records of its own domain the XMPP user appears under the component's") {
    component_gateway g;
    g.dns.services.erase("_sip._udp.capulet.example.net");
    CHECK(outcome(g.xmpp_to("bob\\40other.example@gateway.capulet.example.net", "juliet@capulet.example.net",
                            true)) ==
          "sip:juliet%40capulet.example.net@gateway.capulet.example.net -> sip:bob@other.example @ "
          "other.example");
    CHECK(outcome(g.sip_to("sip:juliet%40capulet.example.net@gateway.capulet.example.net",
                           "sip:bob@other.example")) ==
          "bob\\40other.example@gateway.capulet.example.net -> juliet@capulet.example.net component");
    CHECK(outcome(g.sip_to("sip:juliet%40capulet.example.net@gateway.capulet.example.net",
                           "sip:new@other.example")) ==
          "new\\40other.example@gateway.capulet.example.net -> juliet@capulet.example.net component");
}

TEST_CASE("component: others reach mapped domains and open pairs only; the refusal gives the line") {
    component_gateway g;
    const std::string target = "bob\\40other.example@gateway.capulet.example.net";
    const auto refused = g.xmpp_to(target, "eve@evil.example", true);
    CHECK(outcome(refused) == "403 forbidden");
    CHECK_THAT(words(refused), Contains("[component] server_domains = [\"evil.example\"]"));
    // montague points its XMPP here: it is mapped.
    CHECK(outcome(g.xmpp_to("romeo\\40montague.example.net@gateway.capulet.example.net", "eve@evil.example",
                            true)) ==
          "sip:eve%40evil.example@gateway.capulet.example.net -> sip:romeo@montague.example.net @ "
          "montague.example.net");
    g.pairs->note("eve@evil.example", "bob@other.example", g.now);
    CHECK(outcome(g.xmpp_to(target, "eve@evil.example", true)).find("->") != std::string::npos);
}

TEST_CASE("component: server_domains replaces the parent of the component's domain") {
    component_gateway g;
    g.settings.component->server_domains = {"chat.example"};
    g.start();
    const std::string target = "bob\\40other.example@gateway.capulet.example.net";
    CHECK(outcome(g.xmpp_to(target, "a@chat.example", true)).find("->") != std::string::npos);
    CHECK(outcome(g.xmpp_to(target, "juliet@capulet.example.net", true)) == "403 forbidden");
}

TEST_CASE("component: streams for the component's domain are the server's business") {
    component_gateway g;
    CHECK_FALSE(run(g.router->speaks_for("gateway.capulet.example.net")));
    CHECK(run(g.router->speaks_for("gw.example.net")));
}

TEST_CASE("relay: SIP requests for anybody else's domain, however they are dressed") {
    const bool with_component = GENERATE(false, true);
    gateway plain;
    component_gateway attached;
    gateway& g = with_component ? attached : plain;
    const std::string target = GENERATE(values<std::string>({
        "sip:victim@third.example",
        "sip:victim@third.example;maddr=192.0.2.1",
        "sip:victim@third.example;transport=tcp;lr",
        "sip:victim@third.example:5061",
        "sip:victim:password@third.example",
        "sip:victim@third.example?Route=%3Csip:gw.example.net%3E",
        "sip:victim%40third.example@gw.example.net",
        "sip:victim%40third.example@GW.example.NET:5060",
        "sip:victim%40third.example;x=y@gw.example.net",
        "sip:victim%2540third.example@gw.example.net",
        "sip:victim%5c40third.example@gw.example.net",
        "sip:victim%40third.example%40gw.example.net@gw.example.net",
        "sip:third.example",
        "sip:third.example@gw.example.net",
        "sip:victim@192.0.2.1",
        "sip:victim@203.0.113.99",
        "sip:victim@[2001:db8::99]",
        "sip:victim@127.0.0.1",
        "sip:+15550100@gw.example.net;user=phone",
        "sip:gw.example.net",
        "im:victim@third.example",
        "tel:+15550100",
        "mailto:victim@third.example",
        "sips:victim@third.example",
    }));
    INFO(target);
    const auto decision = g.sip_to(target, "sip:romeo@montague.example.net");
    REQUIRE(std::holds_alternative<identity::refusal>(decision));
    const int status = std::get<identity::refusal>(decision).status;
    CHECK((status == 403 || status == 404 || status == 416 || status == 480 || status == 400));
    // Where the target is not even named as the domain of the request, nobody is asked about it.
    if (target.find("gw.example.net") != std::string::npos || target.find("GW") != std::string::npos)
        CHECK(g.dns.asked.count("_xmpp-server._tcp.third.example") == 0);
    CHECK(g.dns.asked.count("third.example.gw.example.net") == 0);
}

TEST_CASE("relay: stanzas for anybody else's domain, however they are dressed") {
    const bool with_component = GENERATE(false, true);
    gateway plain;
    component_gateway attached;
    gateway& g = with_component ? attached : plain;
    const std::string name = with_component ? "gateway.capulet.example.net" : "gw.example.net";
    const std::string target = GENERATE_COPY(values<std::string>({
        "victim@third.example",
        "victim\\40third.example@" + name,
        "victim\\40third.example@" + name + "/resource",
        "victim\\5c40third.example@" + name,
        "victim%third.example@" + name,
        "victim%40third.example@" + name,
        "victim\\40third.example\\40" + name + "@" + name,
        "victim\\40203.0.113.99@" + name,
        "victim\\40[2001\\3adb8\\3a\\3a99]@" + name,
        "victim\\40127.0.0.1@" + name,
        "victim\\40@" + name,
        "\\40third.example@" + name,
        "third.example@" + name,
        name,
        "third.example",
    }));
    INFO(target);
    const auto decision = g.xmpp_to(target, "eve@evil.example/x", with_component);
    REQUIRE(std::holds_alternative<identity::refusal>(decision));
    CHECK(g.dns.asked.count("_sip._udp.third.example") == 0);
    CHECK(g.dns.asked.count("_sip._tcp.third.example") == 0);
}

TEST_CASE("relay: even users of the attached server reach no address literal and no loopback") {
    component_gateway g;
    g.dns.host("loop.host", "127.0.0.1");
    g.dns.domain("loop.example", "loop.host", "");
    for (const char* target :
         {"x\\40127.0.0.1@gateway.capulet.example.net", "x\\40203.0.113.9@gateway.capulet.example.net",
          "x\\40[\\3a\\3a1]@gateway.capulet.example.net", "x\\40loop.example@gateway.capulet.example.net"}) {
        const auto parsed = xmpp::jid::parse(target);
        REQUIRE(parsed.has_value());
        CHECK(outcome(g.xmpp_to(target, "juliet@capulet.example.net", true)).find("->") == std::string::npos);
    }
}

TEST_CASE("relay: nobody speaks as the gateway itself") {
    gateway g;
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:a%40b.example@gw.example.net")) ==
          "403 forbidden");
    CHECK(outcome(g.xmpp_to("romeo@montague.example.net", "a\\40b.example@gw.example.net")) ==
          "403 forbidden");
}

TEST_CASE("relay: the target gate costs one look-up and refuses before the sender is looked at") {
    gateway g;
    const auto gate = [&](const std::string& target) {
        const auto refused = run(g.router->admits_sip_target(uri(target), "203.0.113.9", std::nullopt));
        return refused ? refused->status : 0;
    };
    CHECK(gate("sip:juliet@capulet.example.net") == 0);
    CHECK(gate("sip:a%40b.example@gw.example.net") == 0);
    CHECK(gate("sip:victim@third.example") == 403);
    CHECK(gate("sips:juliet@capulet.example.net") == 480);
    CHECK(gate("tel:+15550100") == 416);
    CHECK(gate("mailto:a@b.example") == 416);
}
