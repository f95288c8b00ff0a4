// SPDX-License-Identifier: Apache-2.0
// TLS over loopback: handshake outcomes, what is recorded of the peer, and the stream's own promises.
#include <catch2/catch.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/timer.hpp"
#include "tests/unit/net/lax_peer.hpp"
#include "tests/unit/net/secured_pair.hpp"
#include "tests/unit/net/test_certificates.hpp"

using namespace stox;
using namespace stox::net;
using namespace stox::net::test;

TEST_CASE("tls: both sides see the other's certificate, SNI, ALPN and a trusted chain") {
    const temporary_directory directory;
    request root;
    root.authority = true;
    root.common_name = "Test root";
    const auto authority = issue(root);
    const trusted_root trust(directory, authority);
    for (const std::string name : {"a.example", "b.example"}) {
        request wanted;
        wanted.alternative_names = {"DNS:" + name};
        wanted.server_only = true;
        const auto made = issue(wanted, &authority);
        directory.write("certs/" + name + ".crt", made.certificate_pem());
        directory.write("certs/" + name + ".key", made.key_pem());
    }
    certificate_store store({directory.path() / "certs"}, "");
    store.swap_in(store.load());
    REQUIRE(store.certificates().size() == 2);
    CHECK(store.holds_valid_for("a.example"));
    CHECK_FALSE(store.holds_valid_for("c.example"));

    tls_peer at_server, at_client;
    std::string echoed;
    run([&]() -> awaitable<void> {
        auto server = server_for("b.example");
        server.alpn = {"xmpp-server"};
        auto client = client_to("a.example", "b.example");
        client.alpn = {"other", "xmpp-server"};
        auto pair = co_await handshake(store, server, store, client);
        at_server = *pair.server->tls();
        at_client = *pair.client->tls();
        const std::string big(100'000, 'z');
        task_group group(co_await asio::this_coro::executor);
        group.spawn([&]() -> awaitable<void> { co_await pair.client->write(big); });
        echoed = co_await read_exactly(*pair.server, big.size());
        co_await group.join();
        co_await pair.client->shutdown();
        std::string buffer(16, '\0');
        const auto end = co_await pair.server->read_some(buffer);
        if (end != 0) echoed.clear();
        co_await pair.server->write("after half-close");
        const auto rest = co_await read_exactly(*pair.client, 16);
        if (rest != "after half-close") echoed.clear();
    });
    CHECK(at_client.chain_valid);
    CHECK(at_client.names.dns == std::vector<std::string>{"a.example"});
    CHECK(at_client.alpn == "xmpp-server");
    CHECK(at_client.fingerprint.size() == 32);
    CHECK(at_client.key_fingerprint.size() == 32);
    CHECK(at_server.has_certificate);
    CHECK(at_server.chain_error == "");
    CHECK(at_server.chain_valid);  // serverAuth alone is enough for a client
    CHECK(at_server.names.dns == std::vector<std::string>{"b.example"});
    CHECK(at_server.server_name == "a.example");
    CHECK(at_server.alpn == "xmpp-server");
    CHECK(at_server.version == "TLSv1.3");
    CHECK(echoed.size() == 100'000);
}

TEST_CASE("tls: a plain stream changes over in mid-connection and loses no byte (STARTTLS)") {
    certificate_store store({}, "");
    std::string plain_words, secret_words;
    run([&]() -> awaitable<void> {
        auto pair = co_await connected_pair();
        co_await pair.client->write("<starttls/>");
        plain_words = co_await read_exactly(*pair.server, 11);
        co_await pair.server->write("<proceed/>");
        // The client's hello may already lie behind what the server has read.
        plain_words += co_await read_exactly(*pair.client, 10);
        const auto server = server_for("a.example");
        const auto client = client_to("a.example", "b.example");
        auto secret = co_await secure_both(std::move(pair), store, server, store, client);
        co_await secret.client->write("<stream>");
        secret_words = co_await read_exactly(*secret.server, 8);
    });
    CHECK(plain_words == "<starttls/><proceed/>");
    CHECK(secret_words == "<stream>");
}

TEST_CASE("tls: reads cut off by deadlines lose no byte") {
    certificate_store store({}, "");
    std::string received;
    int late = 0;
    run([&]() -> awaitable<void> {
        const auto server = server_for("a.example");
        const auto client = client_to("a.example", "b.example");
        auto pair = co_await handshake(store, server, store, client);
        task_group group(co_await asio::this_coro::executor);
        group.spawn([&]() -> awaitable<void> {
            for (int i = 0; i < 200; ++i) {
                const std::string bytes(10, static_cast<char>('a' + i % 26));
                co_await pair.client->write(bytes);
                co_await sleep_for(milliseconds(1));
            }
            co_await pair.client->shutdown();
        });
        std::string buffer(7, '\0');
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
    for (int i = 0; i < 200; ++i) expected += std::string(10, static_cast<char>('a' + i % 26));
    CHECK(received == expected);
    CHECK(late > 0);
}

TEST_CASE("tls: a peer that speaks no TLS, or nothing at all, ends the handshake with an error") {
    certificate_store store({}, "");
    std::string said;
    boost::system::error_code silent, gone;
    run([&]() -> awaitable<void> {
        const auto options = server_for("a.example");
        auto talker = co_await connected_pair();
        co_await talker.client->write("GET / HTTP/1.0\r\n\r\n");
        try {
            auto stream = co_await accept_tls(std::move(talker.server), store, options, seconds(10));
        } catch (const boost::system::system_error& e) {
            said = e.what();
        }
        auto mute = co_await connected_pair();
        try {
            auto stream = co_await accept_tls(std::move(mute.server), store, options, milliseconds(20));
        } catch (const boost::system::system_error& e) {
            silent = e.code();
        }
        auto leaver = co_await connected_pair();
        leaver.client->close();
        try {
            auto stream = co_await accept_tls(std::move(leaver.server), store, options, seconds(10));
        } catch (const boost::system::system_error& e) {
            gone = e.code();
        }
    });
    CHECK_THAT(said, Catch::Matchers::Contains("http request"));
    CHECK(silent == asio::error::timed_out);
    CHECK(gone == asio::error::eof);
}

TEST_CASE("tls: protocols without one in common end the handshake (RFC 7301 section 3.2)") {
    certificate_store store({}, "");
    bool failed = false;
    run([&]() -> awaitable<void> {
        auto server = server_for("a.example");
        server.alpn = {"xmpp-server"};
        auto client = client_to("a.example", "b.example");
        client.alpn = {"sip"};
        try {
            auto pair = co_await handshake(store, server, store, client);
        } catch (const boost::system::system_error&) {
            failed = true;
        }
    });
    CHECK(failed);
}

TEST_CASE("tls: shutdown towards a peer that does not read is bounded") {
    certificate_store store({}, "");
    bool returned = false;
    run([&]() -> awaitable<void> {
        const auto server = server_for("a.example");
        const auto client = client_to("a.example", "b.example");
        auto pair = co_await handshake(store, server, store, client);
        const std::string much(32 * 1024 * 1024, 'x');
        auto attempt = pair.client->write(much);
        const auto until = steady_clock::now() + milliseconds(50);
        const bool all = co_await with_deadline(until, std::move(attempt));
        co_await pair.client->shutdown();
        returned = !all;
    });
    CHECK(returned);
}

TEST_CASE("tls: versions below 1.2 are refused") {
    certificate_store store({}, "");
    const auto shown = issue(request{});
    bool failed = false, finished = true;
    run([&]() -> awaitable<void> {
        auto pair = co_await connected_pair();
        lax_peer old(shown, false);
        SSL_set_max_proto_version(old.ssl(), TLS1_1_VERSION);
        task_group group(co_await asio::this_coro::executor);
        group.spawn_isolated([&]() -> awaitable<void> { finished = co_await old.handshake(*pair.client); });
        const auto server = server_for("a.example");
        try {
            auto stream = co_await accept_tls(std::move(pair.server), store, server, seconds(10));
        } catch (const boost::system::system_error&) {
            failed = true;
        }
        co_await group.join();
    });
    CHECK(failed);
    CHECK_FALSE(finished);
}

TEST_CASE("tls: a client that renegotiates is cut off") {
    certificate_store store({}, "");
    const auto shown = issue(request{});
    std::string version, said;
    run([&]() -> awaitable<void> {
        auto pair = co_await connected_pair();
        lax_peer client(shown, false);
        SSL_set_max_proto_version(client.ssl(), TLS1_2_VERSION);
        task_group group(co_await asio::this_coro::executor);
        group.spawn_isolated([&]() -> awaitable<void> {
            const bool done = co_await client.handshake(*pair.client);
            if (done) SSL_renegotiate(client.ssl());
            co_await client.handshake(*pair.client);
        });
        const auto server = server_for("a.example");
        auto stream = co_await accept_tls(std::move(pair.server), store, server, seconds(10));
        version = stream->tls()->version;
        std::string buffer(100, '\0');
        try {
            co_await stream->read_some(buffer);
        } catch (const boost::system::system_error& e) {
            said = e.what();
        }
        stream->close();
        co_await group.join();
    });
    CHECK(version == "TLSv1.2");
    CHECK_THAT(said, Catch::Matchers::Contains("renegotiation refused"));
}
