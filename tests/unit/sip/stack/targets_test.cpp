// SPDX-License-Identifier: Apache-2.0
// Which targets of a domain are tried, for how long, and which are left alone (RFC 3263 section 4.3, RFC 3261
// sections 18.1.1 and 21.5.4).
#include <algorithm>
#include <catch2/catch.hpp>

#include "net/datagram.hpp"
#include "net/listener.hpp"
#include "tests/unit/sip/stack/failover.hpp"

using namespace stox;
using namespace stox::test;

namespace {

sip::stack_options only(sip::transport kind, std::uint16_t port) {
    auto o = quick();
    o.listen = {{kind, loopback(port)}};
    return o;
}

/// Answers every request with 503 and the Retry-After given, "" for none.
void refuse_for(node& n, std::string retry_after, int& count) {
    n.stack->handle("MESSAGE", [&count, retry_after](sip::incoming_ptr request) -> awaitable<void> {
        ++count;
        auto response = sip::message::response(request->request(), 503);
        if (!retry_after.empty()) response.add("Retry-After", retry_after);
        request->respond(std::move(response));
        co_return;
    });
}

/// Takes connections and never says a word, or closes them.
awaitable<void> take_connections(net::tcp_listener& listener, bool closing) {
    std::vector<net::stream_ptr> open;
    for (;;) {
        auto stream = co_await listener.accept();
        if (closing)
            stream->close();
        else
            open.push_back(std::move(stream));
    }
}

}  // namespace

TEST_CASE("targets: a large message goes by UDP when TCP is refused, whatever the target before did") {
    network n;
    node alice(n, quick());
    const auto port = free_port();
    node fine(n, only(sip::transport::udp, port));
    int taken = 0;
    answer_with(fine, 200, taken);
    const auto silent = std::move(*net::bind_udp(n.ex(), loopback()));
    n.dns.add_address("host.example", "127.0.0.1");
    n.dns.add_srv("_sip._udp.sip.example", 1, 1, silent->local().port, "host.example");
    n.dns.add_srv("_sip._udp.sip.example", 2, 1, port, "host.example");
    const auto result = send_one(n, alice, domain("sip.example"), {&fine}, std::string(3000, 'x'));
    CHECK(result.status == 200);
    CHECK(taken == 1);
}

TEST_CASE("targets: a host without a UDP socket reaches a literal by TCP") {
    network n;
    node alice(n, only(sip::transport::tcp, free_port())), fine(n, quick());
    int taken = 0;
    answer_with(fine, 200, taken);
    auto hop = domain("127.0.0.1");
    hop.port = fine.port;
    CHECK(send_one(n, alice, hop, {&fine}).status == 200);
    CHECK(taken == 1);
}

TEST_CASE("targets: a server that said 503 with Retry-After is left alone (RFC 3261 21.5.4)") {
    network n;
    node alice(n, quick()), busy(n, quick()), fine(n, quick());
    int refused = 0, taken = 0;
    const std::string value = GENERATE("60", "99999999999999999999999", "120 (at lunch);duration=5");
    refuse_for(busy, value, refused);
    answer_with(fine, 200, taken);
    n.dns.add_address("host.example", "127.0.0.1");
    n.dns.add_srv("_sip._udp.sip.example", 1, 1, busy.port, "host.example");
    SECTION("the other server of the domain takes everything") {
        n.dns.add_srv("_sip._udp.sip.example", 2, 1, fine.port, "host.example");
        for (const auto& result : send_some(n, alice, domain("sip.example"), {&busy, &fine}, 3))
            CHECK(result.status == 200);
        CHECK(taken == 3);
    }
    SECTION("over its other transports too") {
        n.dns.add_srv("_sip._tcp.sip.example", 1, 1, busy.port, "host.example");
        CHECK(send_one(n, alice, domain("sip.example"), {&busy}).response);
    }
    SECTION("without another one the next request is refused at once") {
        const auto results = send_some(n, alice, domain("sip.example"), {&busy}, 2);
        CHECK(results[0].response);
        CHECK(results[1].status == 503);
        CHECK_FALSE(results[1].response);
        CHECK(results[1].why == sip::unanswered::overloaded);
    }
    SECTION("a second server that cannot be reached does not hide the reason") {
        n.dns.add_srv("_sip._tcp.sip.example", 1, 1, free_port(), "host.example");
        const auto results = send_some(n, alice, domain("sip.example"), {&busy}, 2);
        CHECK(results[0].response);
        CHECK(results[1].why == sip::unanswered::overloaded);
    }
    CHECK(refused == 1);
}

TEST_CASE("targets: a 503 without a Retry-After that can be read keeps nobody away") {
    network n;
    node alice(n, quick()), busy(n, quick());
    int refused = 0;
    refuse_for(busy, GENERATE("", "soon", "-5", "0"), refused);
    auto hop = domain("127.0.0.1");
    hop.port = busy.port;
    for (const auto& result : send_some(n, alice, hop, {&busy}, 2)) CHECK(result.response);
    CHECK(refused == 2);
}

TEST_CASE("targets: TLS that breaks in the handshake is not replaced by UDP (design: no downgrade)") {
    network n;
    node alice(n, quick()), fine(n, quick());
    int taken = 0;
    answer_with(fine, 200, taken);
    const auto broken = std::move(*net::listen_tcp(n.ex(), loopback()));
    n.dns.add_address("host.example", "127.0.0.1");
    n.dns.add_srv("_sips._tcp.sip.example", 1, 1, broken->local().port, "host.example");
    n.dns.add_srv("_sip._udp.sip.example", 1, 1, fine.port, "host.example");
    sip::outcome result;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        fine.start(group);
        group.spawn([&]() { return take_connections(*broken, true); });
        auto request = text_message("sip:juliet@xmpp.example");
        auto hop = domain("sip.example");
        result = co_await alice.stack->send(std::move(request), std::move(hop));
    };
    n.run([&]() { return within_group(body); });
    CHECK(result.status == 503);
    CHECK(result.why == sip::unanswered::unreachable);
    CHECK(taken == 0);
}

TEST_CASE("targets: a handshake that never ends leaves time for the next target") {
    network n;
    node alice(n, quick()), fine(n, quick());
    int taken = 0;
    answer_with(fine, 200, taken);
    const auto stuck = std::move(*net::listen_tcp(n.ex(), loopback()));
    n.dns.add_address("host.example", "127.0.0.1");
    n.dns.add_srv("_sips._tcp.sip.example", 1, 1, stuck->local().port, "host.example");
    n.dns.add_srv("_sip._tcp.sip.example", 1, 1, fine.port, "host.example");
    sip::outcome result;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        fine.start(group);
        group.spawn([&]() { return take_connections(*stuck, false); });
        auto request = text_message("sip:juliet@xmpp.example");
        auto hop = domain("sip.example");
        result = co_await alice.stack->send(std::move(request), std::move(hop));
    };
    n.run([&]() { return within_group(body); });
    CHECK(result.status == 200);
    CHECK(taken == 1);
}

TEST_CASE("targets: a 100 does not make send() last longer than 64*T1") {
    network n;
    node alice(n, quick());
    const auto silent = std::move(*net::bind_udp(n.ex(), loopback()));
    const auto trying = std::move(*net::bind_udp(n.ex(), loopback()));
    n.dns.add_address("host.example", "127.0.0.1");
    n.dns.add_srv("_sip._udp.sip.example", 1, 1, silent->local().port, "host.example");
    n.dns.add_srv("_sip._udp.sip.example", 2, 1, trying->local().port, "host.example");
    sip::outcome result;
    bool in_time = false, done = false, provisional = false;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        group.spawn([&]() -> awaitable<void> {
            std::string buffer(65'535, '\0');
            for (;;) {
                const auto got = co_await trying->receive(buffer);
                const auto request = sip::message::parse(std::string(got.bytes));
                trying->send(sip::message::response(*request, 100).to_bytes(), got.from);
                provisional = true;
            }
        });
        // The second target's own timer F would end at one and a half times 64*T1.
        task_group watch(n.ex());
        watch.spawn([&]() -> awaitable<void> {
            co_await sleep_for(milliseconds(800));
            for (int i = 0; i < 20; ++i) co_await yield();  // what was due before comes first
            in_time = done;
        });
        auto request = text_message("sip:juliet@xmpp.example");
        auto hop = domain("sip.example");
        result = co_await alice.stack->send(std::move(request), std::move(hop));
        done = true;
        co_await watch.join();
    };
    n.run([&]() { return within_group(body); });
    CHECK(provisional);
    CHECK(result.status == 408);
    CHECK(in_time);
}

TEST_CASE("targets: in a burst to one domain DNS is asked once") {
    network n;
    node alice(n, quick()), fine(n, quick());
    int taken = 0;
    answer_with(fine, 200, taken);
    n.dns.add_address("host.example", "127.0.0.1");
    n.dns.add_srv("_sip._udp.sip.example", 1, 1, fine.port, "host.example");
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        fine.start(group);
        for (int i = 0; i < 5; ++i) {
            auto request = text_message("sip:juliet@sip.example");
            const auto result = co_await alice.stack->send(std::move(request), domain("sip.example"));
            CHECK(result.status == 200);
        }
    };
    n.run([&]() { return within_group(body); });
    CHECK(taken == 5);
    const auto asked = std::count(n.dns.asked.begin(), n.dns.asked.end(), "SRV _sip._udp.sip.example");
    CHECK(asked >= 1);
    CHECK(asked < 5);  // once, or once a second where this takes longer
}
