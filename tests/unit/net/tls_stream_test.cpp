// SPDX-License-Identifier: Apache-2.0
// TLS over loopback: handshake outcomes, what is recorded of the peer, and the stream's own promises.
#include <catch2/catch.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "net/tls.hpp"
#include "runtime/timer.hpp"
#include "tests/unit/net/loopback.hpp"
#include "tests/unit/net/test_certificates.hpp"

using namespace stox;
using namespace stox::net;
using namespace stox::net::test;

namespace {

struct secured {
    stream_ptr client;
    stream_ptr server;
};

awaitable<void> accept_into(stream_ptr plain, const certificate_store& store, tls_server_options options,
                            stream_ptr& out) {
    out = co_await accept_tls(std::move(plain), store, options, seconds(10));
}

// Both handshakes at once over a fresh loopback connection.
awaitable<secured> handshake(const certificate_store& server_store, tls_server_options server_options,
                             const certificate_store& client_store, tls_client_options client_options) {
    auto pair = co_await connected_pair();
    secured out;
    auto ex = co_await asio::this_coro::executor;
    task_group group(ex);
    auto accept = [&]() -> awaitable<void> {
        auto plain = std::move(pair.server);
        co_await accept_into(std::move(plain), server_store, server_options, out.server);
    };
    group.spawn(accept);
    std::exception_ptr failure;
    try {
        out.client = co_await connect_tls(std::move(pair.client), client_store, client_options, seconds(10));
    } catch (...) {
        failure = std::current_exception();
    }
    co_await group.join(failure);
    co_return out;
}

void load(certificate_store& store) { store.swap_in(store.load()); }

tls_server_options server_for(const std::string& domain) {
    tls_server_options out;
    out.default_domain = domain;
    return out;
}
tls_client_options client_to(const std::string& server, const std::string& own) {
    tls_client_options out;
    out.server_name = server;
    out.own_domain = own;
    return out;
}

}  // namespace

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
    load(store);
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
