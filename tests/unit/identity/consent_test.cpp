// SPDX-License-Identifier: Apache-2.0
// Which domains the host's owner serves and how far; rationed discovery; limits.
#include <catch2/catch.hpp>

#include "zone.hpp"

using namespace stox;
using namespace stox::test;
using Catch::Contains;
using identity::consent;

TEST_CASE("consent: under the host's parent, with a certificate, listed or routed -> full; else guest") {
    gateway g;
    g.certificates.insert("cert.example");
    g.settings.routes["routed.example"] = {};
    g.start();
    CHECK(g.served->consent_for("capulet.example.net") == consent::full);
    CHECK(g.served->consent_for("example.net") == consent::full);
    CHECK(g.served->consent_for("cert.example") == consent::full);
    CHECK(g.served->consent_for("routed.example") == consent::full);
    CHECK(g.served->consent_for("xguest.example") == consent::guest);
    CHECK(g.served->consent_for("notexample.net") == consent::guest);
}

TEST_CASE("consent: serve = \"own\" refuses guests, domains replaces the rule; the refusal gives the line") {
    gateway g;
    g.settings.serve = config::serve_rule::own;
    g.start();
    CHECK(g.served->consent_for("capulet.example.net") == consent::full);
    const auto refused = g.sip_to("sip:a@xguest.example", "sip:romeo@montague.example.net");
    CHECK(outcome(refused) == "403 forbidden");
    CHECK_THAT(words(refused), Contains("domains = [\"xguest.example\"]") && Contains("serve = \"all\""));
    g.settings.serve = config::serve_rule::all;
    g.settings.domains = {"xguest.example"};
    g.start();
    CHECK(g.served->consent_for("xguest.example") == consent::full);
    CHECK(g.served->consent_for("capulet.example.net") == consent::none);
}

TEST_CASE("consent: the parent of a name is never a public top-level domain") {
    CHECK(identity::parent_domain("gw.example.net") == "example.net");
    CHECK(identity::parent_domain("example.com") == "example.com");
    CHECK(identity::parent_domain("gw.lan") == "lan");
    CHECK(identity::parent_domain("gw") == "gw");
    CHECK(identity::is_within("a.example.net", "example.net"));
    CHECK_FALSE(identity::is_within("aexample.net", "example.net"));
    CHECK_FALSE(identity::is_within("a.example", ""));
}

TEST_CASE("consent: a passage says whose consent let it pass") {
    gateway g;
    const auto guest = g.sip_to("sip:a@xguest.example", "sip:romeo@montague.example.net");
    CHECK(std::get<identity::to_xmpp>(guest).level == consent::guest);
    CHECK(std::get<identity::to_xmpp>(guest).served_domain == "xguest.example");
    CHECK(std::get<identity::to_xmpp>(guest).first_contact);
    const auto again = g.sip_to("sip:a@xguest.example", "sip:romeo@montague.example.net");
    CHECK_FALSE(std::get<identity::to_xmpp>(again).first_contact);
}

TEST_CASE(
    "discovery: answers are kept a minute for ours, five for others; unknown ones are rationed per source") {
    gateway g;
    g.sip_to("sip:a@other.example", "sip:romeo@montague.example.net");
    const int first = g.dns.queries;
    g.now += seconds(299);
    g.sip_to("sip:a@other.example", "sip:romeo@montague.example.net");
    CHECK(g.dns.queries == first);
    g.now += seconds(2);
    g.sip_to("sip:a@other.example", "sip:romeo@montague.example.net");
    CHECK(g.dns.queries > first);

    g.now += seconds(60);
    int looked_up = 0;
    for (int i = 0; i < 40; ++i) {
        const int before = g.dns.queries;
        const auto refused =
            g.sip_to("sip:a@d" + std::to_string(i) + ".invalid", "sip:romeo@montague.example.net");
        CHECK(outcome(refused) == "403 forbidden");
        looked_up += g.dns.queries > before ? 1 : 0;
    }
    CHECK(looked_up == 5);
}

TEST_CASE("discovery: over all sources at most 10 a second beyond a burst of 20") {
    identity::discovery_budget budget;
    const auto now = steady_time{} + std::chrono::hours(1);
    int taken = 0;
    for (int i = 0; i < 100; ++i) taken += budget.take("source " + std::to_string(i), now) ? 1 : 0;
    CHECK(taken == 20);
    for (int i = 100; i < 200; ++i)
        taken += budget.take("source " + std::to_string(i), now + seconds(1)) ? 1 : 0;
    CHECK(taken == 30);
}

TEST_CASE("discovery: our own domains are asked again without ration") {
    gateway g;
    for (int i = 0; i < 50; ++i) {
        g.now += seconds(61);
        CHECK(outcome(g.sip_to("sip:juliet@capulet.example.net", "sip:romeo@montague.example.net"))
                  .find("->") != std::string::npos);
    }
}

TEST_CASE(
    "limits: 30 requests in two seconds from an unknown source, /64 for IPv6; loopback and peers free") {
    gateway g;
    g.settings.sip.peers.push_back({"203.0.113.50", "", "", ""});
    g.start();
    identity::request_limits limits(g.settings.limits, *g.served);
    const auto admitted = [&](std::string_view source, int count) {
        int out = 0;
        for (int i = 0; i < count; ++i) out += limits.admit_source(ip(source), g.now) ? 0 : 1;
        return out;
    };
    CHECK(admitted("203.0.113.9", 100) == 30);
    CHECK(admitted("2001:db8::1", 20) + admitted("2001:db8::2", 20) == 30);
    CHECK(admitted("127.0.0.1", 100) == 100);
    CHECK(admitted("203.0.113.50", 100) == 100);
    CHECK(limits.admit_source(ip("203.0.113.9"), g.now)->status == 503);
    CHECK(limits.admit_source(ip("203.0.113.9"), g.now)->retry_after == 2);
    g.now += seconds(2);
    CHECK(admitted("203.0.113.9", 100) == 30);
}

TEST_CASE("limits: while a source is being proven more may wait; once proven, capacity alone bounds it") {
    gateway g;
    identity::request_limits limits(g.settings.limits, *g.served);
    const auto admitted = [&](int count) {
        int out = 0;
        for (int i = 0; i < count; ++i) out += limits.admit_source(ip("203.0.113.9"), g.now) ? 0 : 1;
        return out;
    };
    CHECK(admitted(40) == 30);
    {
        const identity::request_limits::proving first(limits, ip("203.0.113.9"));
        const identity::request_limits::proving second(limits, ip("203.0.113.9"));
        CHECK(admitted(1000) == 200);
    }
    CHECK(admitted(10) == 0);
    limits.note_proven(ip("203.0.113.9"), g.now);
    CHECK(admitted(5000) == 5000);
    g.now += std::chrono::minutes(11);
    CHECK(admitted(100) == 30);
}

TEST_CASE(
    "limits: a sender's burst is 50 messages and 20 new people a minute; full consent and peers are free") {
    gateway g;
    identity::request_limits limits(g.settings.limits, *g.served);
    identity::passage p;
    p.home_from = "bob@other.example";
    p.home_to = "juliet@capulet.example.net";
    p.served_domain = "capulet.example.net";
    p.level = consent::full;
    const auto admitted = [&](int count, bool trusted = false) {
        int out = 0;
        for (int i = 0; i < count; ++i) out += limits.admit_message(p, trusted, g.now) ? 0 : 1;
        return out;
    };
    CHECK(admitted(100) == 50);
    CHECK(admitted(100, true) == 100);
    p.home_from = "carl@other.example";
    p.first_contact = true;
    CHECK(admitted(40) == 20);
    CHECK(limits.admit_message(p, false, g.now)->condition == "resource-constraint");
    p.home_from = "romeo@montague.example.net";
    CHECK(admitted(1000) == 1000);
}

TEST_CASE("limits: a guest domain has 10 messages a second, and the refusal gives the line that lifts it") {
    gateway g;
    identity::request_limits limits(g.settings.limits, *g.served);
    identity::passage p;
    p.served_domain = "xguest.example";
    p.level = consent::guest;
    int out = 0;
    for (int i = 0; i < 100; ++i) {
        p.home_from = "u" + std::to_string(i) + "@other.example";
        out += limits.admit_message(p, false, g.now) ? 0 : 1;
    }
    CHECK(out == 20);
    CHECK_THAT(limits.admit_message(p, false, g.now)->text, Contains("domains = [\"xguest.example\"]"));
}

TEST_CASE("consent: the domains that lead here are known once somebody asked about them") {
    gateway g;
    static_cast<void>(g.sip_to("sip:romeo@capulet.example.net", "sip:benvolio@montague.example.net"));
    std::string here;
    g.served->for_each_here([&](const std::string& domain, identity::protocol p) {
        here += domain + (p == identity::protocol::sip ? " sip " : " xmpp ");
    });
    CHECK(here == "capulet.example.net sip montague.example.net xmpp ");
}

TEST_CASE("consent: a reload asks DNS again, and what was known holds while it is down") {
    gateway g;
    CHECK(
        outcome(g.sip_to("sip:romeo@capulet.example.net", "sip:benvolio@montague.example.net")).find("->") !=
        std::string::npos);
    const int before = g.dns.queries;
    g.served->configure(std::make_shared<const config::config>(g.settings));
    CHECK(
        outcome(g.sip_to("sip:romeo@capulet.example.net", "sip:benvolio@montague.example.net")).find("->") !=
        std::string::npos);
    CHECK(g.dns.queries > before);
    g.dns.down = true;
    g.served->configure(std::make_shared<const config::config>(g.settings));
    CHECK(
        outcome(g.sip_to("sip:romeo@capulet.example.net", "sip:benvolio@montague.example.net")).find("->") !=
        std::string::npos);
}
