// SPDX-License-Identifier: Apache-2.0
// Who may send: every proof of a SIP sender, and the words of its absence.
#include <catch2/catch.hpp>

#include "zone.hpp"

using namespace stox;
using namespace stox::test;
using Catch::Contains;

namespace {

identity::sender_claim claim(std::string from, std::string_view source,
                             sip::transport kind = sip::transport::udp) {
    identity::sender_claim out;
    out.from = std::move(from);
    out.flow.kind = kind;
    out.flow.remote = {ip(source), 5060};
    return out;
}

std::string proof(gateway& g, identity::sender_claim c) {
    const auto verdict = run(g.trust->prove(std::move(c)));
    if (const auto* refused = std::get_if<identity::refusal>(&verdict))
        return std::to_string(refused->status);
    const auto& sender = std::get<identity::proven_sender>(verdict);
    return sender.address.to_string() + " by " + sender.how;
}
std::string why(gateway& g, identity::sender_claim c) {
    const auto verdict = run(g.trust->prove(std::move(c)));
    const auto* refused = std::get_if<identity::refusal>(&verdict);
    return refused ? refused->text : "";
}

const std::string romeo = "\"R\" <sip:romeo@montague.example.net;gr=orchard>;tag=1";

}  // namespace

TEST_CASE("trust: a source among the hosts that the domain's records name") {
    gateway g;
    CHECK(proof(g, claim(romeo, "198.51.100.2", sip::transport::tcp)) ==
          "sip:romeo@montague.example.net;gr=orchard by source address");
    CHECK(proof(g, claim(romeo, "::ffff:198.51.100.2", sip::transport::tcp)).ends_with("by source address"));
    CHECK(proof(g, claim(romeo, "198.51.100.3", sip::transport::tcp)) == "403");
}

TEST_CASE("trust: a UDP source must answer an OPTIONS; the answer holds ten minutes for address and port") {
    gateway g;
    CHECK(proof(g, claim(romeo, "198.51.100.2")).ends_with("by source address"));
    CHECK(proof(g, claim(romeo, "198.51.100.2")).ends_with("by source address"));
    CHECK(g.questions == 1);
    auto other_port = claim(romeo, "198.51.100.2");
    other_port.flow.remote.port = 5999;
    CHECK(proof(g, other_port).ends_with("by source address"));
    CHECK(g.questions == 2);
    g.now += std::chrono::minutes(10);
    CHECK(proof(g, claim(romeo, "198.51.100.2")).ends_with("by source address"));
    CHECK(g.questions == 3);
}

TEST_CASE("trust: a UDP source that does not answer is refused, and not asked again at once") {
    gateway g;
    g.sources_answer = false;
    CHECK_THAT(why(g, claim(romeo, "198.51.100.2")), Contains("does not answer OPTIONS"));
    CHECK(proof(g, claim(romeo, "198.51.100.2")) == "403");
    CHECK(g.questions == 1);
    g.now += seconds(6);
    g.sources_answer = true;
    CHECK(proof(g, claim(romeo, "198.51.100.2")).ends_with("by source address"));
}

TEST_CASE("trust: requests of one source that wait together ask one question") {
    gateway g;
    asio::io_context io;
    event answered(io.get_executor());
    int questions = 0;
    identity::sender_trust trust(g.dns, *g.served, [&](sip::flow) -> awaitable<bool> {
        ++questions;
        co_await answered.wait();
        co_return true;
    });
    int proven = 0;
    for (int i = 0; i < 5; ++i)
        asio::co_spawn(io, trust.prove(claim(romeo, "198.51.100.2")), [&](std::exception_ptr, auto verdict) {
            proven += std::holds_alternative<identity::proven_sender>(verdict) ? 1 : 0;
        });
    asio::post(io, [&] { answered.set(); });
    io.run();
    CHECK(questions == 1);
    CHECK(proven == 5);
}

TEST_CASE("trust: a TLS certificate for the domain (RFC 5922), only with a valid chain") {
    gateway g;
    auto c = claim(romeo, "203.0.113.9", sip::transport::tls);
    c.certificate_valid = true;
    c.certificate.dns = {"montague.example.net"};
    CHECK(proof(g, c).ends_with("by certificate"));
    c.certificate.dns = {"other.example"};
    CHECK(proof(g, c) == "403");
    c.certificate.dns = {"montague.example.net"};
    c.certificate_valid = false;
    CHECK(proof(g, c) == "403");
}

TEST_CASE("trust: a connection that we opened to the domain (RFC 5923)") {
    gateway g;
    auto c = claim(romeo, "203.0.113.9", sip::transport::tcp);
    c.flow.opened_to = "montague.example.net";
    CHECK(proof(g, c).ends_with("by connection"));
    c.flow.opened_to = "other.example";
    CHECK(proof(g, c) == "403");
}

TEST_CASE("trust: a reverse name inside the domain that leads back; a lying reverse zone proves nothing") {
    gateway g;
    g.dns.reverse["203.0.113.20"] = {"phone.montague.example.net"};
    g.dns.host("phone.montague.example.net", "203.0.113.20");
    CHECK(proof(g, claim(romeo, "203.0.113.20")).ends_with("by reverse name"));
    g.dns.reverse["203.0.113.21"] = {"phone.montague.example.net"};
    CHECK(proof(g, claim(romeo, "203.0.113.21")) == "403");
    g.dns.reverse["203.0.113.22"] = {"xmontague.example.net"};
    g.dns.host("xmontague.example.net", "203.0.113.22");
    CHECK(proof(g, claim(romeo, "203.0.113.22")) == "403");
}

TEST_CASE("trust: loopback is trusted without a question") {
    gateway g;
    CHECK(proof(g, claim(romeo, "127.0.0.1")).ends_with("by loopback"));
    CHECK(g.questions == 0);
}

TEST_CASE("trust: the refusal names source, domain, record and line") {
    gateway g;
    CHECK_THAT(why(g, claim(romeo, "203.0.113.9")),
               Contains("203.0.113.9") && Contains("montague.example.net") && Contains("NAPTR, SRV, A") &&
                   Contains("[[sip.peer]] address = \"203.0.113.9\""));
}

TEST_CASE("trust: listed peers may use any domain; asserted identities count from them alone") {
    gateway g;
    auto stranger = claim(romeo, "198.51.100.2", sip::transport::tcp);
    stranger.asserted = "<sip:boss@montague.example.net>";
    CHECK(proof(g, stranger) == "sip:romeo@montague.example.net;gr=orchard by source address");
    g.settings.sip.peers.push_back({"203.0.113.50", "pbx.example", "", ""});
    g.start();
    auto peer = claim(romeo, "203.0.113.50");
    CHECK(proof(g, peer) == "sip:romeo@montague.example.net;gr=orchard by peer");
    peer.asserted = "\"B\" <sip:boss@montague.example.net>";
    CHECK(proof(g, peer) == "sip:boss@montague.example.net by peer");
}

TEST_CASE("trust: of several asserted identities the SIP one counts (RFC 3325 section 9.1)") {
    gateway g;
    g.settings.sip.peers.push_back({"203.0.113.50", "pbx.example", "", ""});
    g.start();
    const auto asserted = [&](const std::string& headers) {
        sip::flow flow;
        flow.remote = {ip("203.0.113.50"), 5060};
        auto parsed = sip::message::parse("MESSAGE sip:a@b.example SIP/2.0\r\nFrom: " + romeo + "\r\n" +
                                          headers + "Content-Length: 0\r\n\r\n");
        return proof(g, identity::sender_claim::of(*parsed, flow));
    };
    CHECK(asserted("P-Asserted-Identity: <tel:+1555>, \"B\" <sip:boss@montague.example.net>\r\n") ==
          "sip:boss@montague.example.net by peer");
    CHECK(asserted("P-Asserted-Identity: tel:+1555\r\nP-Asserted-Identity: sip:boss@203.0.113.50\r\n") ==
          "sip:boss@pbx.example by peer");
    CHECK(asserted("P-Asserted-Identity: <tel:+1555>\r\n") ==
          "sip:romeo@montague.example.net;gr=orchard by peer");
    // RFC 3323: what he does not want shown is not.
    for (const char* privacy : {"id", "header;user", "none; ID", "critical;id"})
        CHECK(asserted("P-Asserted-Identity: <sip:boss@montague.example.net>\r\nPrivacy: " +
                       std::string(privacy) + "\r\n") == "sip:anonymous@pbx.example by peer");
    CHECK(asserted("Privacy: none\r\n") == "sip:romeo@montague.example.net;gr=orchard by peer");
}

TEST_CASE("trust: a peer's domain names callers whose From holds an address or is anonymous") {
    gateway g;
    g.settings.sip.peers.push_back({"203.0.113.50", "pbx.example", "", ""});
    g.settings.sip.peers.push_back({"203.0.113.51", "", "", ""});
    g.start();
    CHECK(proof(g, claim("<sip:100@203.0.113.50>;tag=1", "203.0.113.50")) == "sip:100@pbx.example by peer");
    CHECK(proof(g, claim("<sip:100@[2001:db8::1]>;tag=1", "203.0.113.50")) == "sip:100@pbx.example by peer");
    CHECK(proof(g, claim("<sip:anonymous@anonymous.invalid>;tag=1", "203.0.113.50")) ==
          "sip:anonymous@pbx.example by peer");
    CHECK_THAT(why(g, claim("<sip:100@203.0.113.51>;tag=1", "203.0.113.51")),
               Contains("[[sip.peer]] address = \"203.0.113.51\", domain ="));
    CHECK_THAT(why(g, claim("<sip:100@203.0.113.9>;tag=1", "203.0.113.9")), Contains("[[sip.peer]]"));
}

// security 4d.3(c): the owner vouches for the address of a listed peer. A PBX that answers no OPTIONS must
// work, and who could forge its address inside the owner's network could answer for it too.
TEST_CASE("trust: a listed peer is believed without a question, over UDP too") {
    gateway g;
    g.settings.sip.peers.push_back({"203.0.113.50", "pbx.example", "", ""});
    g.start();
    g.sources_answer = false;
    CHECK(proof(g, claim(romeo, "203.0.113.50")).ends_with("by peer"));
    CHECK(proof(g, claim(romeo, "203.0.113.50", sip::transport::tcp)).ends_with("by peer"));
    CHECK(g.questions == 0);
}

TEST_CASE("trust: the SIP server of a route line speaks for its domain") {
    gateway g;
    g.settings.routes["routed.example"].sip = config::next_hop{"203.0.113.60", 5060, "tcp"};
    g.settings.routes["named.example"].sip = config::next_hop{"proxy.named.host", 0, ""};
    g.dns.host("proxy.named.host", "203.0.113.61");
    g.start();
    CHECK(proof(g, claim("<sip:a@routed.example>;tag=1", "203.0.113.60", sip::transport::tcp)) ==
          "sip:a@routed.example by route");
    CHECK(proof(g, claim("<sip:a@routed.example>;tag=1", "203.0.113.61", sip::transport::tcp)) == "403");
    CHECK(proof(g, claim("<sip:a@named.example>;tag=1", "203.0.113.61", sip::transport::tcp)) ==
          "sip:a@named.example by route");
    CHECK(proof(g, claim("<sip:a@other.example>;tag=1", "203.0.113.60", sip::transport::tcp)) == "403");
    // Over UDP the address alone may be forged.
    g.sources_answer = false;
    CHECK(proof(g, claim("<sip:b@routed.example>;tag=1", "203.0.113.60")) == "403");
    CHECK(g.questions == 1);
}

TEST_CASE("trust: which sources are known to be real") {
    gateway g;
    g.settings.sip.peers.push_back({"203.0.113.50", "pbx.example", "", ""});
    g.start();
    const auto real = [&](std::string_view source, sip::transport kind = sip::transport::udp) {
        return g.trust->is_real_source(claim(romeo, source, kind).flow);
    };
    CHECK(real("203.0.113.9", sip::transport::tcp));
    CHECK(real("127.0.0.1"));
    CHECK(real("203.0.113.50"));
    CHECK_FALSE(real("198.51.100.2"));
    proof(g, claim(romeo, "198.51.100.2"));
    CHECK(real("198.51.100.2"));
    g.now += std::chrono::minutes(10);
    CHECK_FALSE(real("198.51.100.2"));
}

TEST_CASE("trust: From fields that name no SIP user are refused") {
    gateway g;
    for (const char* from : {"", "nonsense", "<tel:+1555>;tag=1", "<sip:montague.example.net>;tag=1",
                             "<mailto:a@montague.example.net>;tag=1"})
        CHECK(proof(g, claim(from, "198.51.100.2")) == "403");
}

TEST_CASE("trust: proofs are kept a minute; unknown domains are rationed per source") {
    gateway g;
    CHECK(proof(g, claim(romeo, "198.51.100.2")).ends_with("by source address"));
    const int queries = g.dns.queries;
    for (int i = 0; i < 1000; ++i) proof(g, claim(romeo, "198.51.100.2"));
    CHECK(g.dns.queries == queries);
    g.now += seconds(61);
    CHECK(proof(g, claim(romeo, "198.51.100.2")).ends_with("by source address"));
    CHECK(g.dns.queries > queries);
    int looked_up = 0;
    for (int i = 0; i < 50; ++i) {
        const int before = g.dns.queries;
        proof(g, claim("<sip:a@d" + std::to_string(i) + ".example>;tag=1", "203.0.113.9"));
        looked_up += g.dns.queries > before ? 1 : 0;
    }
    CHECK(looked_up == 5);
}

TEST_CASE("trust: while DNS is down, known proofs hold and unknown ones are a temporary error") {
    gateway g;
    CHECK(proof(g, claim(romeo, "198.51.100.2")).ends_with("by source address"));
    g.dns.down = true;
    g.now += std::chrono::minutes(5);
    CHECK(proof(g, claim(romeo, "198.51.100.2")).ends_with("by source address"));
    CHECK(proof(g, claim(romeo, "198.51.100.9")) == "503");
}

TEST_CASE("trust: a claim keeps what the proof needs and no pointer into the connection") {
    net::tls_peer peer;
    peer.has_certificate = peer.chain_valid = true;
    peer.names.dns = {"montague.example.net"};
    sip::flow flow;
    flow.tls = &peer;
    auto request = sip::message::request("MESSAGE", "sip:a@b.example");
    request.add("From", romeo);
    request.add("P-Asserted-Identity", "<sip:x@y.example>");
    const auto c = identity::sender_claim::of(request, flow);
    CHECK(c.flow.tls == nullptr);
    CHECK(c.certificate_valid);
    CHECK(c.certificate.dns.size() == 1);
    CHECK(c.from == romeo);
    CHECK(c.asserted == "<sip:x@y.example>");
}
