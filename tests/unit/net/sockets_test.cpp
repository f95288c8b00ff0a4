// SPDX-License-Identifier: Apache-2.0
// Listeners and datagram sockets on loopback.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>
#include <vector>

#include "net/datagram.hpp"
#include "runtime/timer.hpp"
#include "tests/unit/net/loopback.hpp"

using namespace stox;
using namespace stox::net;
using namespace stox::net::test;

namespace {

ip_address ip(const char* text) { return asio::ip::make_address(text); }

}  // namespace

TEST_CASE("listener: a taken port is an error that names its holder; closing ends accept") {
    std::string said, holder;
    bool ended = false;
    run([&]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        auto first = listen_tcp(ex, socket_address{ip("127.0.0.1"), 0});
        const auto where = (*first)->local();
        auto second = listen_tcp(ex, where);
        if (!second) said = second.error().text;
        holder = port_holder(where.port, false);
        task_group group(ex);
        group.spawn([&]() -> awaitable<void> {
            try {
                co_await (*first)->accept();
            } catch (const boost::system::system_error&) {
                ended = true;
            }
        });
        co_await yield();
        (*first)->close();
        co_await group.join();
    });
    const auto self = "(pid " + std::to_string(getpid()) + ")";
    CHECK_THAT(holder, Catch::Matchers::EndsWith(self));
    CHECK_THAT(said, Catch::Matchers::Contains("held by " + holder));
    CHECK(ended);
    // Nothing of ours: what another user's process holds cannot be told from what nobody holds any more.
    CHECK(port_holder(1, false) == "another program (as root, ss -lpnt 'sport = :1' shows it)");
}

TEST_CASE("listener: without descriptors it pauses and goes on when there are some again") {
    bool accepted = false;
    int turns = 0;
    run([&]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        auto listening = listen_tcp(ex, socket_address{ip("127.0.0.1"), 0});
        const auto where = (*listening)->local();
        auto client = co_await connect_tcp(where, seconds(5));
        rlimit before{};
        getrlimit(RLIMIT_NOFILE, &before);
        const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
        close(next);
        rlimit none = before;
        none.rlim_cur = static_cast<rlim_t>(next);
        setrlimit(RLIMIT_NOFILE, &none);
        task_group group(ex);
        group.spawn([&]() -> awaitable<void> {
            auto stream = co_await (*listening)->accept();
            accepted = stream != nullptr;
        });
        while (turns < 20 && !accepted) {
            co_await sleep_for(milliseconds(1));
            ++turns;
        }
        setrlimit(RLIMIT_NOFILE, &before);
        co_await group.join();
    });
    CHECK(turns == 20);
    CHECK(accepted);
}

TEST_CASE("addresses: without descriptors nothing throws, and what was known stays known") {
    const auto known = source_towards(ip("127.0.0.1"));
    const auto own = interface_addresses();
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(next);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(next);
    setrlimit(RLIMIT_NOFILE, &none);
    const auto again = source_towards(ip("127.0.0.1"));
    const auto unknown = source_towards(ip("127.0.0.3"));
    const auto own_again = interface_addresses();
    const bool has_ipv6 = kernel_has_ipv6();
    setrlimit(RLIMIT_NOFILE, &before);
    REQUIRE(known);
    CHECK(*known == ip("127.0.0.1"));
    CHECK(again == known);
    CHECK_FALSE(unknown);
    CHECK(own_again == own);
    CHECK(has_ipv6);  // not known to be missing
}

TEST_CASE("datagram: bytes, sender and the local address it was sent to; answers leave from there") {
    for (const auto& [any, here] : std::vector<std::pair<const char*, const char*>>{
             {"0.0.0.0", "127.0.0.2"}, {"0.0.0.0", "127.0.0.1"}, {"::", "::1"}}) {
        INFO(here);
        received_datagram got;
        std::string request, answer;
        socket_address answered_from;
        bool mixed = true;
        run([&, any = any, here = here]() -> awaitable<void> {
            auto ex = co_await asio::this_coro::executor;
            auto server = bind_udp(ex, socket_address{ip(any), 0});
            auto client = bind_udp(ex, socket_address{ip(any), 0});
            const socket_address to{ip(here), (*server)->local().port};
            (void)(*client)->send("ping", to);
            std::string buffer(65535, '\0');
            got = co_await (*server)->receive(buffer);
            request = got.bytes;
            const auto client_port = (*client)->local().port;
            const socket_address back{got.from.ip, client_port};
            (void)(*server)->send("pong", back, got.to);
            const auto reply = co_await (*client)->receive(buffer);
            answer = reply.bytes;
            answered_from = reply.from;
            mixed = (*server)->try_receive(buffer).has_value();
            const socket_address other_family{ip(any[0] == ':' ? "127.0.0.1" : "::1"), client_port};
            mixed = mixed || (*server)->send("x", other_family);
        });
        CHECK(request == "ping");
        CHECK(got.to == ip(here));
        CHECK(answer == "pong");
        CHECK(answered_from.ip == ip(here));
        CHECK_FALSE(mixed);
    }
}

TEST_CASE(
    "datagram: a taken port is an error that names its holder; closing ends receive; 65,507 bytes pass") {
    std::string said;
    std::size_t largest = 0;
    bool ended = false;
    run([&]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        auto first = bind_udp(ex, socket_address{ip("127.0.0.1"), 0});
        const auto where = (*first)->local();
        auto second = bind_udp(ex, where);
        if (!second) said = second.error().text;
        const std::string big(65507, 'x');
        (void)(*first)->send(big, where);
        std::string buffer(65535, '\0');
        const auto got = co_await (*first)->receive(buffer);
        largest = got.bytes.size();
        task_group group(ex);
        group.spawn([&]() -> awaitable<void> {
            std::string more(100, '\0');
            try {
                co_await (*first)->receive(more);
            } catch (const boost::system::system_error&) {
                ended = true;
            }
        });
        co_await yield();
        (*first)->close();
        co_await group.join();
    });
    CHECK_THAT(said, Catch::Matchers::Contains("held by"));
    CHECK(largest == 65507);
    CHECK(ended);
}

TEST_CASE("datagram: the kernel's source address towards a remote") {
    CHECK(source_towards(ip("127.0.0.1")) == ip("127.0.0.1"));
    CHECK(source_towards(ip("::1")) == ip("::1"));
}

TEST_CASE("datagram: a closed port is told with the quoted datagram, and disturbs no other peer") {
    for (const auto* here : {"127.0.0.1", "::1"}) {
        INFO(here);
        std::vector<std::pair<socket_address, std::string>> told;
        socket_address closed;
        std::string got;
        bool sent = true, over = false;
        asio::io_context io(1);
        auto body = [&]() -> awaitable<void> {
            auto ex = co_await asio::this_coro::executor;
            auto client = bind_udp(ex, socket_address{ip(here), 0});
            auto server = bind_udp(ex, socket_address{ip(here), 0});
            auto gone = bind_udp(ex, socket_address{ip(here), 0});
            closed = (*gone)->local();
            (*gone)->close();
            (*client)->on_unreachable([&](const socket_address& peer, std::string_view quoted) {
                told.emplace_back(peer, quoted);
            });
            // The error about the first peer is pending when the second is written to.
            for (int i = 0; i < 3; ++i) {
                sent = (*client)->send("lost", closed) && sent;
                sent = (*client)->send("ping", (*server)->local()) && sent;
            }
            std::string buffer(65535, '\0');
            for (int i = 0; i < 3; ++i) co_await (*server)->receive(buffer);
            (*server)->send("pong", (*client)->local());
            const auto reply = co_await (*client)->receive(buffer);
            got = reply.bytes;
            try {
                co_await (*client)->receive(buffer);
            } catch (const boost::system::system_error&) {
                over = true;
            }
        };
        std::exception_ptr failure;
        asio::cancellation_signal stop;
        asio::co_spawn(io, body,
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e) { failure = e; }));
        // On loopback everything comes within the call that sends it; then the wait must be a quiet one.
        for (int i = 0; i < 100; ++i) io.poll();
        CHECK(io.poll() == 0);
        CHECK_FALSE(over);
        stop.emit(asio::cancellation_type::terminal);
        io.run();
        CHECK(over);
        CHECK_FALSE(failure);
        CHECK(sent);
        CHECK(got == "pong");
        REQUIRE(told.size() == 3);
        for (const auto& [peer, quoted] : told) {
            CHECK(peer == closed);
            CHECK(quoted == "lost");
        }
    }
}
