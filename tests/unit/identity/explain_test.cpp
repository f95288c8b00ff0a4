// SPDX-License-Identifier: Apache-2.0
// `stox check`: what it says about zones of every shape.
#include "identity/explain.hpp"

#include <catch2/catch.hpp>

#include "zone.hpp"

using namespace stox;
using namespace stox::test;
using Catch::Contains;

namespace {

std::string check(gateway& g, const std::string& domain, bool reachable = true) {
    identity::explainer::tools tools(
        [reachable](net::socket_address) -> awaitable<bool> { co_return reachable; },
        [] { return std::vector<net::certificate_info>{}; });
    identity::explainer explainer(g.dns, *g.served, *g.router, tools);
    std::string out;
    for (const auto& f : run(explainer.explain(domain))) {
        const char* level = f.level == identity::finding_level::ok     ? "ok"
                            : f.level == identity::finding_level::warn ? "warn"
                                                                       : "missing";
        out += std::string(level) + " [" + f.direction + "] " + f.text + "\n";
    }
    INFO(out);
    return out;
}

}  // namespace

TEST_CASE("check: one side points here -> that direction works, the other says which record is missing") {
    gateway g;
    const auto out = check(g, "capulet.example.net");
    CHECK_THAT(out, Contains("SIP records of capulet.example.net: they lead to 192.0.2.1 (this host)"));
    CHECK_THAT(
        out, Contains("ok [SIP to XMPP] the XMPP server of capulet.example.net at 198.51.100.1:5269 takes"));
    CHECK_THAT(out, Contains("missing [XMPP to SIP]") &&
                        Contains("_xmpp-server._tcp.capulet.example.net SRV 0 0 5269"));
    CHECK_THAT(out, Contains("served with full limits"));
    const auto back = check(g, "montague.example.net");
    CHECK_THAT(back, Contains("ok [XMPP to SIP]") && Contains("over UDP"));
    CHECK_THAT(back,
               Contains("no valid certificate for montague.example.net") && Contains("refuses self-signed"));
}

TEST_CASE("check: servers that take no connection, guests, certificates in place") {
    gateway g;
    CHECK_THAT(check(g, "capulet.example.net", false),
               Contains("warn [SIP to XMPP]") && Contains("does not take"));
    CHECK_THAT(check(g, "xguest.example"), Contains("is a guest of this host: 10 messages a second"));
    g.certificates.insert("montague.example.net");
    CHECK_THAT(check(g, "montague.example.net"), Contains("a valid certificate for montague.example.net"));
}

TEST_CASE("check: both sides elsewhere -> the lines for stoxd, Kamailio and Prosody") {
    gateway g;
    const auto out = check(g, "other.example");
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
