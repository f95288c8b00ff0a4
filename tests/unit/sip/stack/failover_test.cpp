// SPDX-License-Identifier: Apache-2.0
// Where a request goes when its first target does not answer (RFC 3263 section 4.3), and what the caller is
// told.
#include <catch2/catch.hpp>
#include <random>

#include "net/datagram.hpp"
#include "net/listener.hpp"
#include "tests/unit/sip/stack/failover.hpp"

using namespace stox;
using namespace stox::test;

TEST_CASE("failover: nobody answers by UDP: 408 within 64*T1") {
    network n;
    node alice(n, quick());
    const auto silent = std::move(*net::bind_udp(n.ex(), loopback()));
    auto hop = domain("127.0.0.1");
    hop.port = silent->local().port;
    const auto result = send_one(n, alice, hop);
    CHECK(result.status == 408);
    CHECK_FALSE(result.response);
}

TEST_CASE("failover: the second SRV target answers when the first is silent, or refuses, or says 503") {
    network n;
    node alice(n, quick()), busy(n, quick()), fine(n, quick());
    int refused = 0, taken = 0;
    answer_with(busy, 503, refused);
    answer_with(fine, 200, taken);
    const auto silent = std::move(*net::bind_udp(n.ex(), loopback()));
    n.dns.add_address("host.example", "127.0.0.1");
    SECTION("silent") { n.dns.add_srv("_sip._udp.sip.example", 1, 1, silent->local().port, "host.example"); }
    SECTION("503") { n.dns.add_srv("_sip._udp.sip.example", 1, 1, busy.port, "host.example"); }
    SECTION("refused") { n.dns.add_srv("_sip._tcp.sip.example", 1, 1, free_port(), "host.example"); }
    n.dns.add_naptr("sip.example", 1, 1, "s", "SIP+D2T", "_sip._tcp.sip.example");
    n.dns.add_naptr("sip.example", 2, 1, "s", "SIP+D2U", "_sip._udp.sip.example");
    n.dns.add_srv("_sip._udp.sip.example", 2, 1, fine.port, "host.example");
    const auto result = send_one(n, alice, domain("sip.example"), {&busy, &fine});
    CHECK(result.status == 200);
    CHECK(taken == 1);
}

TEST_CASE("failover: a closed UDP port is a transport failure at once (RFC 3261 section 18.4)") {
    network n;
    auto patient = quick();
    patient.t1 = seconds(2);  // timer F after 128 s would make it 408
    node alice(n, patient);
    auto hop = domain("127.0.0.1");
    hop.port = free_port();
    hop.kind = sip::transport::udp;
    const auto result = send_one(n, alice, hop);
    CHECK(result.status == 503);
    CHECK(result.reason.find("the transport failed") != std::string::npos);
}

TEST_CASE("failover: nothing listens on the target's IPv6 address: IPv4 takes it (RFC 3263 section 4.3)") {
    network n;
    auto patient = quick();
    patient.t1 = seconds(2);
    const auto own = free_port();
    const net::socket_address six{asio::ip::make_address("::1"), own};
    patient.listen = {{sip::transport::udp, loopback(own)}, {sip::transport::udp, six}};
    node alice(n, patient), fine(n, quick());
    REQUIRE(alice.problems.empty());
    std::vector<std::string> sent, seen;
    struct watcher final : sip::tap {
        std::vector<std::string>& sent;
        std::vector<std::string>& seen;
        watcher(std::vector<std::string>& s, std::vector<std::string>& e) : sent(s), seen(e) {}
        void on_message(bool incoming, const sip::flow& f, const sip::message&, std::string_view) override {
            if (!incoming) sent.push_back(net::to_string(f.remote));
        }
        void on_event(const sip::flow*, std::string_view words) override { seen.emplace_back(words); }
    } watching(sent, seen);
    alice.stack->set_tap(&watching);
    int taken = 0;
    answer_with(fine, 200, taken);
    n.dns.add_address("host.example", "::1");
    n.dns.add_address("host.example", "127.0.0.1");
    n.dns.add_srv("_sip._udp.sip.example", 1, 1, fine.port, "host.example");
    CHECK(send_one(n, alice, domain("sip.example"), {&fine}).status == 200);
    CHECK(taken == 1);
    const std::string port = std::to_string(fine.port);
    CHECK(sent == std::vector<std::string>{"[::1]:" + port, "127.0.0.1:" + port});
    CHECK(seen == std::vector<std::string>{"udp [::1]:" + port + " cannot be reached (ICMP)"});
}

TEST_CASE("failover: the last 503 of a peer is given back as it is") {
    network n;
    node alice(n, quick()), busy(n, quick());
    int refused = 0;
    answer_with(busy, 503, refused);
    auto hop = domain("127.0.0.1");
    hop.port = busy.port;
    const auto result = send_one(n, alice, hop, {&busy});
    CHECK(result.status == 503);
    CHECK(result.response);
}

TEST_CASE("failover: no such domain is 404, DNS down is 503") {
    network n;
    node alice(n, quick());
    CHECK(send_one(n, alice, domain("nowhere.example")).status == 404);
    n.dns.take_down("*");
    node carol(n, quick());
    CHECK(send_one(n, carol, domain("sip.example")).status == 503);
}

TEST_CASE("failover: a TCP connection that is closed under a request is a transport failure") {
    network n;
    node alice(n, quick());
    auto listener = std::move(*net::listen_tcp(n.ex(), loopback()));
    auto hop = domain("127.0.0.1");
    hop.port = listener->local().port;
    hop.kind = sip::transport::tcp;
    sip::outcome result;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        task_group peer(n.ex());
        peer.spawn([&]() -> awaitable<void> {
            auto stream = co_await listener->accept();
            std::string buffer(4096, '\0');
            const auto count = co_await stream->read_some(buffer);
            static_cast<void>(count);
            stream->close();
        });
        auto request = text_message("sip:juliet@xmpp.example");
        result = co_await alice.stack->send(std::move(request), hop);
        co_await peer.join();
    };
    n.run([&]() { return within_group(body); });
    CHECK(result.status == 503);
}

TEST_CASE("failover: a lost response is answered from the transaction") {
    network n;
    node alice(n, quick());
    const auto peer = std::move(*net::bind_udp(n.ex(), loopback()));
    auto hop = domain("127.0.0.1");
    hop.port = peer->local().port;
    sip::outcome result;
    int copies = 0;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        task_group other(n.ex());
        other.spawn([&]() -> awaitable<void> {
            std::string buffer(65'535, '\0');
            std::string first;
            while (copies < 3) {
                const auto got = co_await peer->receive(buffer);
                if (first.empty()) first = got.bytes;
                if (first == got.bytes) ++copies;
                if (copies < 3) continue;
                const auto request = sip::message::parse(std::string(got.bytes));
                const auto bytes = sip::message::response(*request, 200).to_bytes();
                peer->send(bytes, got.from);
            }
        });
        auto request = text_message("sip:juliet@xmpp.example");
        result = co_await alice.stack->send(std::move(request), hop);
        co_await other.join();
    };
    n.run([&]() { return within_group(body); });
    CHECK(result.status == 200);
    CHECK(copies == 3);
}

TEST_CASE("failover: a digest challenge is answered once, for the configured host only") {
    network n;
    node alice(n, quick()), bob(n, quick());
    std::vector<std::string> seen;
    bob.stack->handle("MESSAGE", [&](sip::incoming_ptr request) -> awaitable<void> {
        seen.emplace_back(request->request().header("Authorization").value_or(""));
        auto response = sip::message::response(request->request(), 401);
        response.add("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n1\", qop=\"auth\"");
        request->respond(std::move(response));
        co_return;
    });
    std::string host;
    alice.stack->set_credentials([&](std::string_view asked, std::string_view) {
        host = asked;
        return std::optional<sip::credentials>(sip::credentials{"u", "p"});
    });
    auto hop = domain("127.0.0.1");
    hop.port = bob.port;
    const auto result = send_one(n, alice, hop, {&bob});
    CHECK(result.status == 401);
    CHECK(host == "127.0.0.1");
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].empty());
    CHECK(seen[1].find("username=\"u\"") != std::string::npos);
}
