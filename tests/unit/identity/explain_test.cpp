// SPDX-License-Identifier: Apache-2.0
// `stox check`: what it says about zones of every shape.
#include "identity/explain.hpp"

#include <catch2/catch.hpp>

#include "zone.hpp"

using namespace stox;
using namespace stox::test;
using Catch::Contains;

namespace {

const char* word_of(identity::finding_level l) {
    switch (l) {
        case identity::finding_level::ok:
            return "ok";
        case identity::finding_level::note:
            return "note";
        case identity::finding_level::warn:
            return "warn";
        case identity::finding_level::missing:
            break;
    }
    return "missing";
}

struct here {
    bool reachable = true, connected = true;
    std::string deaf_sip, deaf_xmpp;
};

std::string check(gateway& g, const std::string& domain, const here& h = {}) {
    identity::explainer::tools tools([&h](net::socket_address) -> awaitable<bool> { co_return h.reachable; },
                                     [] { return std::vector<net::certificate_info>{}; });
    tools.deaf = [&h](identity::protocol p) {
        return p == identity::protocol::sip ? h.deaf_sip : h.deaf_xmpp;
    };
    tools.component_connected = [&h] { return h.connected; };
    identity::explainer explainer(g.dns, *g.served, *g.router, tools);
    std::string out;
    for (const auto& f : run(explainer.explain(domain)))
        out += std::string(word_of(f.level)) + " [" + f.direction + "] " + f.text + "\n";
    INFO(out);
    return out;
}

void attach(gateway& g) {
    config::component c;
    c.domain = "sip.capulet.example.net";
    c.secret = "secret";
    g.settings.component = c;
    g.start();
}

}  // namespace

TEST_CASE(
    "check: one side points here -> that direction works, the other is not needed: nothing is missing") {
    gateway g;
    const auto out = check(g, "capulet.example.net");
    CHECK_THAT(out, Contains("SIP records of capulet.example.net: they lead to 192.0.2.1 (this host)"));
    CHECK_THAT(
        out, Contains("ok [SIP to XMPP] the XMPP server of capulet.example.net at 198.51.100.1:5269 takes"));
    CHECK_THAT(out, Contains("note [XMPP to SIP] not needed: the users of capulet.example.net are on XMPP") &&
                        Contains("_xmpp-server._tcp.capulet.example.net SRV 0 0 5269"));
    CHECK_THAT(out, !Contains("missing"));
    CHECK_THAT(out, Contains("served with full limits"));
    const auto back = check(g, "montague.example.net");
    CHECK_THAT(back, Contains("ok [XMPP to SIP]") && Contains("over UDP") && !Contains("missing"));
    CHECK_THAT(back, Contains("note [SIP to XMPP] not needed: the users of montague.example.net are on SIP"));
    CHECK_THAT(back, Contains("believed from 198.51.100.2") &&
                         Contains("[[sip.peer]] address = \"IP\", domain = \"montague.example.net\""));
    CHECK_THAT(back,
               Contains("no valid certificate for montague.example.net") && Contains("refuses self-signed"));
}

TEST_CASE("check: servers that take no connection, guests, certificates in place") {
    gateway g;
    here unreachable;
    unreachable.reachable = false;
    CHECK_THAT(check(g, "capulet.example.net", unreachable),
               Contains("warn [SIP to XMPP]") && Contains("does not take"));
    CHECK_THAT(check(g, "xguest.example"), Contains("is a guest of this host: 10 messages a second"));
    g.certificates.insert("montague.example.net");
    CHECK_THAT(check(g, "montague.example.net"), Contains("a valid certificate for montague.example.net"));
}

TEST_CASE("check: both sides elsewhere -> the lines for stoxd, Kamailio and Prosody") {
    gateway g;
    const auto out = check(g, "other.example");
    CHECK_THAT(out, Contains("missing [SIP to XMPP] other.example is not served here") &&
                        Contains("_sip._udp.other.example SRV"));
    CHECK_THAT(out, Contains("missing [XMPP to SIP] other.example is not served here") &&
                        Contains("_xmpp-server._tcp.other.example SRV"));
    CHECK_THAT(
        out, Contains("[route.\"other.example\"] sip = \"198.51.100.2:5060\", xmpp = \"198.51.100.1:5269\""));
    CHECK_THAT(out, Contains("Kamailio: if ($rd == \"other.example\") { $du = \"sip:gw.example.net:5060"));
    CHECK_THAT(out, Contains("s2s_connect_overrides = { [\"other.example\"]"));
}

TEST_CASE("check: both sides here, no service, no such domain, DNS down, not a domain") {
    gateway g;
    CHECK_THAT(check(g, "both.example.net"), Contains("nothing is behind"));
    CHECK_THAT(check(g, "nowhere.example"), Contains("there is no such service"));
    CHECK_THAT(check(g, "192.0.2.7"), Contains("is no domain name"));
    CHECK_THAT(check(g, "a b"), Contains("is no domain name"));
    g.dns.down = true;
    CHECK_THAT(check(g, "fresh.example"), Contains("DNS does not answer"));
}

TEST_CASE("check: a route line is named and its server tried") {
    gateway g;
    config::route r;
    r.xmpp = config::next_hop{"198.51.100.9", 5269, ""};
    g.settings.routes["other.example"] = r;
    g.start();
    const auto out = check(g, "other.example");
    CHECK_THAT(out, Contains("is named by [route.\"other.example\"]") && Contains("198.51.100.9:5269 takes"));
}

TEST_CASE("check: the far side of the chosen direction is broken -> only that is missing") {
    gateway g;
    g.dns.domain("dead.example.net", "gw.example.net", "");
    const auto out = check(g, "dead.example.net");
    CHECK_THAT(out, Contains("missing [SIP to XMPP] dead.example.net has no XMPP server in DNS"));
    CHECK_THAT(out, Contains("note [XMPP to SIP]") && !Contains("missing [XMPP to SIP]"));
}

TEST_CASE("check: nothing listens on the near side -> missing, with the reason") {
    gateway g;
    here h;
    h.deaf_sip = "nothing listens for SIP here";
    CHECK_THAT(check(g, "capulet.example.net", h), Contains("missing [SIP to XMPP] nothing listens for SIP"));
    CHECK_THAT(check(g, "montague.example.net", h), !Contains("missing"));
}

TEST_CASE("check: an attached domain needs no XMPP records of its own, only the component's connection") {
    gateway g;
    attach(g);
    // Both records lead to this host, whose port 5269 is the attached server's.
    g.dns.domain("capulet.example.net", "", "gw.example.net");
    here h;
    h.deaf_xmpp = "nothing listens for XMPP here";
    const auto out = check(g, "capulet.example.net", h);
    CHECK_THAT(out,
               Contains("ok [SIP to XMPP] messages cross by the component sip.capulet.example.net, which is "
                        "connected to 127.0.0.1:5347"));
    CHECK_THAT(out, Contains("note [XMPP to SIP] not needed") &&
                        Contains("messages cross by the component") && !Contains("missing"));
    h.connected = false;
    CHECK_THAT(check(g, "capulet.example.net", h),
               Contains("missing [SIP to XMPP] the component sip.capulet.example.net is not connected"));
    h.connected = true;
    // A SIP domain anywhere is reached by the attached server's users.
    const auto far = check(g, "other.example", h);
    CHECK_THAT(far, Contains("ok [XMPP to SIP] users of the attached server reach it as "
                             "user\\40other.example@sip.capulet.example.net") &&
                        !Contains("missing"));
}

TEST_CASE("check: the gateway's own name") {
    gateway g;
    g.dns.host("sip.capulet.example.net", "192.0.2.1");
    CHECK_THAT(check(g, "gw.example.net"), Contains("is the gateway's own name"));
    attach(g);
    here h;
    h.connected = false;
    CHECK_THAT(check(g, "sip.capulet.example.net", h), Contains("missing") && Contains("is not connected"));
}
