// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/timer.hpp"
#include "tests/unit/net/loopback.hpp"

using namespace stox;
using namespace stox::net;
using namespace stox::net::test;

TEST_CASE("tcp stream: bytes cross both ways, addresses mirror each other, half-close leaves one direction") {
    std::string at_server, at_client;
    std::size_t end = 1;
    bool mirrored = false;
    run([&]() -> awaitable<void> {
        auto pair = co_await connected_pair();
        mirrored = pair.client->local() == pair.server->remote() && pair.client->tls() == nullptr;
        co_await pair.client->write("question");
        at_server = co_await read_exactly(*pair.server, 8);
        co_await pair.client->shutdown();
        std::string buffer(16, '\0');
        end = co_await pair.server->read_some(buffer);
        co_await pair.server->write("answer");
        at_client = co_await read_exactly(*pair.client, 6);
        pair.client->close();
        pair.client->close();
    });
    CHECK(mirrored);
    CHECK(at_server == "question");
    CHECK(end == 0);
    CHECK(at_client == "answer");
}

TEST_CASE("tcp stream: reads cut off by deadlines lose no byte") {
    std::string received;
    int late = 0;
    run([&]() -> awaitable<void> {
        auto pair = co_await connected_pair();
        auto ex = co_await asio::this_coro::executor;
        task_group group(ex);
        group.spawn([&]() -> awaitable<void> {
            for (int i = 0; i < 200; ++i) {
                const std::string byte(1, static_cast<char>('a' + i % 26));
                co_await pair.client->write(byte);
                co_await sleep_for(milliseconds(1));
            }
            co_await pair.client->shutdown();
        });
        std::string buffer(64, '\0');
        for (bool open = true; open;) {
            auto attempt = pair.server->read_some(buffer);
            const auto until = steady_clock::now() + std::chrono::microseconds(300);
            const auto got = co_await with_deadline(until, std::move(attempt));
            if (!got) ++late;
            if (got) received.append(buffer, 0, *got);
            open = !got || *got > 0;
        }
        co_await group.join();
    });
    std::string expected;
    for (int i = 0; i < 200; ++i) expected += static_cast<char>('a' + i % 26);
    CHECK(received == expected);
    CHECK(late > 0);
}

TEST_CASE("tcp stream: a reader that stops holds the writer back") {
    bool finished_early = true;
    bool refused_after = false;
    run([&]() -> awaitable<void> {
        auto pair = co_await connected_pair();
        const std::string much(32 * 1024 * 1024, 'x');
        auto attempt = pair.client->write(much);
        const auto until = steady_clock::now() + milliseconds(100);
        finished_early = co_await with_deadline(until, std::move(attempt));
        try {
            co_await pair.client->write("after a cancelled write");
        } catch (const boost::system::system_error& e) {
            refused_after = e.code() == asio::error::broken_pipe;
        }
    });
    CHECK_FALSE(finished_early);
    CHECK(refused_after);
}

TEST_CASE("tcp stream: closing ends a pending read with an error") {
    bool threw = false;
    run([&]() -> awaitable<void> {
        auto pair = co_await connected_pair();
        auto ex = co_await asio::this_coro::executor;
        task_group group(ex);
        group.spawn([&]() -> awaitable<void> {
            std::string buffer(16, '\0');
            try {
                co_await pair.server->read_some(buffer);
            } catch (const boost::system::system_error&) {
                threw = true;
            }
        });
        co_await yield();
        pair.server->close();
        co_await group.join();
    });
    CHECK(threw);
}

TEST_CASE("connect: refused is an error, a silent address times out") {
    boost::system::error_code refused, late;
    run([&]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        const auto loopback = asio::ip::make_address("127.0.0.1");
        auto listening = listen_tcp(ex, socket_address{loopback, 0});
        const auto where = (*listening)->local();
        (*listening)->close();
        try {
            co_await connect_tcp(where, seconds(5));
        } catch (const boost::system::system_error& e) {
            refused = e.code();
        }
        try {
            co_await connect_tcp(where, milliseconds(0));
        } catch (const boost::system::system_error& e) {
            late = e.code();
        }
    });
    CHECK(refused == asio::error::connection_refused);
    CHECK((late == asio::error::timed_out || late == asio::error::connection_refused));
}
