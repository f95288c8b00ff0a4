// SPDX-License-Identifier: Apache-2.0
// The routing table: which of all combinations of zones, senders and targets go on, and under which
// addresses.
#include <catch2/catch.hpp>

#include "zone.hpp"

using namespace stox;
using namespace stox::test;
using Catch::Contains;

TEST_CASE("route: SIP points here and XMPP elsewhere -> the domain's XMPP users are shown to SIP") {
    gateway g;
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:romeo@montague.example.net")) ==
          "romeo@montague.example.net -> juliet@capulet.example.net");
    CHECK(outcome(
              g.sip_to("sip:juliet@capulet.example.net;gr=balcony", "sip:romeo@montague.example.net;gr=a")) ==
          "romeo@montague.example.net/a -> juliet@capulet.example.net/balcony");
}

TEST_CASE("route: XMPP points here and SIP elsewhere -> the domain's SIP users are shown to XMPP") {
    gateway g;
    CHECK(
        outcome(g.xmpp_to("romeo@montague.example.net", "juliet@capulet.example.net/balcony")) ==
        "sip:juliet@capulet.example.net;gr=balcony -> sip:romeo@montague.example.net @ montague.example.net");
}

TEST_CASE("route: a sender whose domain is not ours on the far protocol appears as a guest") {
    gateway g;
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:bob@other.example")) ==
          "bob\\40other.example@gw.example.net -> juliet@capulet.example.net");
    CHECK(outcome(g.xmpp_to("romeo@montague.example.net", "eve@other.example/x")) ==
          "sip:eve%40other.example@gw.example.net;gr=x -> sip:romeo@montague.example.net @ "
          "montague.example.net");
}

TEST_CASE("route: a guest address is accepted back for the pair that has talked, and for nobody else") {
    gateway g;
    const std::string guest = "bob\\40other.example@gw.example.net";
    CHECK(outcome(g.xmpp_to(guest, "juliet@capulet.example.net")) == "403 forbidden");
    g.sip_to("sip:juliet@capulet.example.net", "sip:bob@other.example");
    CHECK(outcome(g.xmpp_to(guest, "juliet@capulet.example.net/balcony")) ==
          "sip:juliet@capulet.example.net;gr=balcony -> sip:bob@other.example @ other.example");
    CHECK(outcome(g.xmpp_to(guest, "tybalt@capulet.example.net")) == "403 forbidden");
    CHECK_THAT(words(g.xmpp_to(guest, "tybalt@capulet.example.net")), Contains("has talked"));

    CHECK(outcome(g.sip_to("sip:eve%40other.example@gw.example.net", "sip:romeo@montague.example.net")) ==
          "403 forbidden");
    g.xmpp_to("romeo@montague.example.net", "eve@other.example/x");
    CHECK(outcome(g.sip_to("sip:eve%40other.example@gw.example.net", "sip:romeo@montague.example.net")) ==
          "romeo@montague.example.net -> eve@other.example");
}

TEST_CASE("route: the memory of a pair ends after 30 days") {
    gateway g;
    g.sip_to("sip:juliet@capulet.example.net", "sip:bob@other.example");
    g.now += std::chrono::hours(24 * 30) + seconds(1);
    CHECK(outcome(g.xmpp_to("bob\\40other.example@gw.example.net", "juliet@capulet.example.net")) ==
          "403 forbidden");
}

TEST_CASE("route: both protocols point here -> nothing is behind, said in words") {
    gateway g;
    const auto sip = g.sip_to("sip:a@both.example.net", "sip:romeo@montague.example.net");
    CHECK(outcome(sip) == "404 item-not-found");
    CHECK_THAT(words(sip), Contains("nothing is behind") && Contains("[route.\"both.example.net\"] xmpp"));
    const auto xmpp = g.xmpp_to("a@both.example.net", "juliet@capulet.example.net");
    CHECK(outcome(xmpp) == "404 item-not-found");
    CHECK_THAT(words(xmpp), Contains("[route.\"both.example.net\"] sip"));
}

TEST_CASE("route: a route line names the server behind a domain that points here twice") {
    gateway g;
    config::route r;
    r.xmpp = config::next_hop{"prosody.host", 0, ""};
    r.sip = config::next_hop{"198.51.100.77", 5070, "tcp"};
    g.settings.routes["both.example.net"] = r;
    g.start();
    CHECK(outcome(g.sip_to("sip:a@both.example.net", "sip:romeo@montague.example.net")) ==
          "romeo@montague.example.net -> a@both.example.net");
    CHECK(outcome(g.xmpp_to("a@both.example.net", "juliet@capulet.example.net")) ==
          "sip:juliet@capulet.example.net -> sip:a@both.example.net @ 198.51.100.77");
    const auto hop = g.router->sip_hop("both.example.net");
    CHECK(hop.configured);
    CHECK(hop.port == 5070);
    CHECK(hop.kind == sip::transport::tcp);
    CHECK(g.router->xmpp_hop("both.example.net")->host == "prosody.host");
    CHECK_FALSE(g.router->xmpp_hop("other.example").has_value());
}

TEST_CASE("route: a domain with both servers elsewhere is served once routes name them") {
    gateway g;
    config::route r;
    r.xmpp = config::next_hop{"xmpp.host", 0, ""};
    g.settings.routes["other.example"] = r;
    g.start();
    // SIP requests for it are ours now, XMPP stanzas are not: their route is missing.
    CHECK(outcome(g.sip_to("sip:a@other.example", "sip:romeo@montague.example.net")) ==
          "romeo@montague.example.net -> a@other.example");
    CHECK(outcome(g.xmpp_to("a@other.example", "juliet@capulet.example.net")) == "403 forbidden");
}

TEST_CASE("route: refusals name the record and the line that would admit") {
    gateway g;
    const auto sip = g.sip_to("sip:a@other.example", "sip:romeo@montague.example.net");
    CHECK(outcome(sip) == "403 forbidden");
    CHECK_THAT(words(sip), Contains("_sip._udp.other.example SRV 0 0 5060 gw.example.net") &&
                               Contains("[route.\"other.example\"] xmpp") && Contains("198.51.100.2"));
    const auto xmpp = g.xmpp_to("a@other.example", "juliet@capulet.example.net");
    CHECK_THAT(words(xmpp), Contains("_xmpp-server._tcp.other.example SRV 0 0 5269 gw.example.net") &&
                                Contains("[route.\"other.example\"] sip"));
}

TEST_CASE("route: only one side exists -> a true error naming the missing service") {
    gateway g;
    g.dns.domain("half.example.net", "gw.example.net", "");
    const auto sip = g.sip_to("sip:a@half.example.net", "sip:romeo@montague.example.net");
    CHECK(outcome(sip) == "404 remote-server-not-found");
    CHECK_THAT(words(sip), Contains("_xmpp-server._tcp.half.example.net"));
    g.dns.domain("flah.example.net", "", "gw.example.net");
    const auto xmpp = g.xmpp_to("a@flah.example.net", "juliet@capulet.example.net");
    CHECK(outcome(xmpp) == "404 remote-server-not-found");
    CHECK_THAT(words(xmpp), Contains("_sip._udp.flah.example.net"));
}

TEST_CASE("route: without SRV records a domain's own addresses decide") {
    gateway g;
    g.dns.host("plain.example.net", "192.0.2.1");
    g.dns.domain("plain.example.net", "", "xmpp.host");
    CHECK(outcome(g.sip_to("sip:a@plain.example.net", "sip:romeo@montague.example.net")) ==
          "romeo@montague.example.net -> a@plain.example.net");
    // SRV records make the addresses count no more.
    g.dns.host("web.example.net", "192.0.2.1");
    g.dns.domain("web.example.net", "sip.host", "xmpp.host");
    CHECK(outcome(g.sip_to("sip:a@web.example.net", "sip:romeo@montague.example.net")) == "403 forbidden");
}

TEST_CASE("route: loopback in somebody's records is not this host") {
    gateway g;
    g.dns.host("loop.host", "127.0.0.1");
    g.dns.domain("loop.example", "loop.host", "xmpp.host");
    CHECK(outcome(g.sip_to("sip:a@loop.example", "sip:romeo@montague.example.net")) == "403 forbidden");
}

TEST_CASE("route: 1:1 NAT counts once public_addresses names it, and the refusal gives that line") {
    gateway g;
    g.dns.host("nat.host", "203.0.113.77");
    g.dns.domain("nat.example.net", "nat.host", "xmpp.host");
    identity::sip_facts facts;
    facts.request_uri = facts.to = uri("sip:a@nat.example.net");
    facts.sender = uri("sip:romeo@montague.example.net");
    facts.arrived_on = ip("10.0.0.5");
    const auto refused = run(g.router->decide(facts));
    CHECK_THAT(words(refused), Contains("public_addresses = [\"203.0.113.77\"]"));
    g.settings.public_addresses = {"203.0.113.77"};
    g.start();
    CHECK(outcome(run(g.router->decide(facts))) == "romeo@montague.example.net -> a@nat.example.net");
}

TEST_CASE("route: DNS that does not answer is a temporary error, and what was known still holds") {
    gateway g;
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:romeo@montague.example.net")).find("->") !=
          std::string::npos);
    g.dns.down = true;
    g.now += std::chrono::minutes(30);
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:romeo@montague.example.net")).find("->") !=
          std::string::npos);
    CHECK(outcome(g.sip_to("sip:a@xguest.example", "sip:romeo@montague.example.net")) ==
          "503 remote-server-timeout");
}

TEST_CASE("route: sips in Request-URI or To is 480 with Warning 380 (RFC 5630)") {
    gateway g;
    const auto decision = g.sip_to("sips:juliet@capulet.example.net", "sip:romeo@montague.example.net");
    CHECK(std::get<identity::refusal>(decision).status == 480);
    CHECK(std::get<identity::refusal>(decision).warning == 380);
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:romeo@montague.example.net",
                           "sips:juliet@capulet.example.net")) == "480 not-acceptable");
}

TEST_CASE("route: internationalised domains are A-labels on SIP and U-labels on XMPP") {
    gateway g;
    g.dns.domain("xn--bcher-kva.example.net", "gw.example.net", "xmpp.host");
    CHECK(outcome(g.sip_to("sip:a@xn--bcher-kva.example.net", "sip:romeo@montague.example.net")) ==
          "romeo@montague.example.net -> a@b\xC3\xBC"
          "cher.example.net");
    g.dns.domain("xn--mller-kva.example.net", "sip.host", "gw.example.net");
    CHECK(outcome(g.xmpp_to("b@m\xC3\xBCller.example.net", "juliet@capulet.example.net")) ==
          "sip:juliet@capulet.example.net -> sip:b@xn--mller-kva.example.net @ xn--mller-kva.example.net");
}

TEST_CASE("route: home addresses are the same whichever form an address wears") {
    gateway g;
    for (const char* form : {"o\\27malley\\40other.example@gw.example.net/x", "o\\27malley@other.example"})
        CHECK(identity::home_address(jid(form), *g.served) == "o\\27malley@other.example");
    for (const char* form :
         {"sip:o'malley%40other.example@gw.example.net", "sip:o'malley@other.example:5070"})
        CHECK(identity::home_address(uri(form), *g.served) == "o\\27malley@other.example");
}

TEST_CASE("route: streams are taken for the host's own name and for domains that are ours on XMPP") {
    gateway g;
    CHECK(run(g.router->speaks_for("gw.example.net")));
    CHECK(run(g.router->speaks_for("montague.example.net")));
    CHECK_FALSE(run(g.router->speaks_for("capulet.example.net")));
    CHECK_FALSE(run(g.router->speaks_for("nowhere.example")));
}

TEST_CASE("route: two gateways that point at each other stop after one round") {
    gateway g;
    const auto decision =
        g.sip_to("sip:juliet@capulet.example.net", "sip:bob%40other.example%40gw.example.net@gw2.example");
    CHECK(outcome(decision) == "482 not-acceptable");
    CHECK(outcome(g.xmpp_to("romeo@montague.example.net", "a\\40b.example\\40gw.example.net@gw2.example")) ==
          "482 not-acceptable");
}

TEST_CASE("route: a loop ends after one round also where this gateway kept the sender's address") {
    gateway g;
    // montague's XMPP records lead here: another gateway can have romeo only from us.
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net",
                           "sip:romeo%40montague.example.net@gw2.example")) == "482 not-acceptable");
    CHECK(outcome(g.xmpp_to("romeo@montague.example.net", "juliet\\40capulet.example.net@gw2.example")) ==
          "482 not-acceptable");
    // Through two others.
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net",
                           "sip:juliet%40capulet.example.net%40gw2.example@gw3.example")) ==
          "482 not-acceptable");
}

TEST_CASE("route: users whom another gateway shows are no loop") {
    gateway g;
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:bob%40other.example@gw2.example"))
              .find("-> juliet@capulet.example.net") != std::string::npos);
    // juliet is on XMPP here; whoever is called so on SIP is somebody else's business.
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:nurse%40capulet.example.net@gw2.example"))
              .find("-> juliet@capulet.example.net") != std::string::npos);
    const int before = g.dns.queries;
    for (int i = 0; i < 30; ++i)
        g.xmpp_to("romeo@montague.example.net", "a\\40d" + std::to_string(i) + ".example@gw2.example");
    // Somebody's made-up layers are looked up on his own ration.
    CHECK(g.dns.asked.count("_sip._udp.d1.example") == 1);
    CHECK(g.dns.asked.count("_sip._udp.d29.example") == 0);
    CHECK(g.dns.queries > before);
}

TEST_CASE("route: only what was admitted opens a pair and ends the first contact") {
    gateway g;
    g.admitted = false;
    for (int i = 0; i < 3; ++i) {
        const auto decision = g.sip_to("sip:juliet@capulet.example.net", "sip:bob@other.example");
        CHECK(std::get<identity::to_xmpp>(decision).first_contact);
    }
    CHECK(outcome(g.xmpp_to("bob\\40other.example@gw.example.net", "juliet@capulet.example.net")) ==
          "403 forbidden");
}

TEST_CASE("route: a sender of a domain that this host does not serve keeps no address here") {
    gateway g;
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:a@sguest.example")) ==
          "a@sguest.example -> juliet@capulet.example.net");
    g.settings.serve = config::serve_rule::own;
    g.start();
    CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:a@sguest.example")) ==
          "a\\40sguest.example@gw.example.net -> juliet@capulet.example.net");
}

TEST_CASE("route: a host without a full name can keep addresses but show no guests") {
    gateway g;
    g.settings.host_name = "";
    identity::host_facts host = g.served->host();
    host.name = "";
    identity::served_domains served(g.dns, host, std::make_shared<const config::config>(g.settings));
    identity::router router(served, *g.pairs);
    identity::sip_facts facts;
    facts.request_uri = facts.to = uri("sip:juliet@capulet.example.net");
    facts.sender = uri("sip:bob@other.example");
    const auto refused = run(router.decide(facts));
    CHECK_THAT(words(refused), Contains("host_name"));
}
