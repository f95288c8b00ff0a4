// SPDX-License-Identifier: Apache-2.0
// Several targets: who fails, who is silent and who answers, without waiting long for the wrong one.
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>

#include "tests/unit/net/loopback.hpp"
#include "tests/unit/xmpp/federation/domain_certificates.hpp"
#include "tests/unit/xmpp/federation/two_servers.hpp"
#include "xmpp/federation_connect.hpp"

using namespace stox;
using namespace stox::xmpp;
using namespace stox::xmpp::test;

namespace {

server_target target(std::uint16_t port) {
    server_target out;
    out.address = {asio::ip::make_address("192.0.2.1"), port};
    return out;
}

// Ports below 10 refuse, below 20 never answer, the others connect.
struct fake_network {
    std::vector<std::uint16_t> tried;
    awaitable<net::stream_ptr> connect(server_target to) {
        const auto port = to.address.port;
        tried.push_back(port);
        if (port < 10) throw boost::system::system_error(asio::error::connection_refused);
        if (port < 20) co_await sleep_for(seconds(60));
        net::test::stream_pair pair = co_await net::test::connected_pair();
        co_return std::move(pair.client);
    }
};

struct raced {
    connected result;
    std::vector<std::uint16_t> tried, left;
};

raced race(std::vector<std::uint16_t> ports, milliseconds stagger) {
    raced out;
    fake_network network;
    net::test::run([&]() -> awaitable<void> {
        std::vector<server_target> targets;
        for (const auto port : ports) targets.push_back(target(port));
        connector connect = [&](server_target to) { return network.connect(to); };
        out.result = co_await connect_first(std::move(targets), stagger, std::move(connect));
        if (out.result.transport) out.result.transport.reset();
    });
    out.tried = network.tried;
    for (const auto& t : out.result.left) out.left.push_back(t.address.port);
    return out;
}

using ports = std::vector<std::uint16_t>;

}  // namespace

TEST_CASE("connect: the first that answers; nobody else is troubled") {
    const auto r = race({20, 21}, seconds(60));
    CHECK(r.result.target.address.port == 20);
    CHECK(r.tried == ports{20});
    CHECK(r.left == ports{21});
}

TEST_CASE("connect: a refusal moves on at once and is not tried again") {
    const auto r = race({1, 2, 20, 21}, seconds(60));
    CHECK(r.result.target.address.port == 20);
    CHECK(r.tried == ports{1, 2, 20});
    CHECK(r.left == ports{21});
}

TEST_CASE("connect: who is silent is joined by the next, and may be tried later") {
    const auto r = race({11, 12, 20, 21}, milliseconds(5));
    CHECK(r.result.target.address.port == 20);
    CHECK(r.left == ports{11, 12, 21});
}

TEST_CASE("connect: all refuse") {
    const auto r = race({1, 2}, seconds(60));
    CHECK(r.tried == ports{1, 2});
    CHECK(r.left.empty());
    CHECK(r.result.words.find("192.0.2.1:2 failed") != std::string::npos);
}

TEST_CASE("federation: a target that connects and stays silent is left for the next, dialback too") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path(), false, [](federation_options& o) { o.patience = milliseconds(150); });
    const auto silent = asio::ip::make_address("127.0.0.2");
    net.resolver.names["both.test"] = {silent, asio::ip::make_address("127.0.0.1")};
    net.hop_host = "both.test";
    const auto ex = net.io.get_executor();
    const auto like_b = net::listen_tcp(ex, {silent, net.between.port()});
    const auto like_a = net::listen_tcp(ex, {silent, net.a.where.port});
    std::optional<stanza_error> outcome;
    net.run([&]() -> awaitable<void> {
        outcome = co_await net.a.federation->send(net.a.message("v@b.test", "1"), seconds(20));
    });
    CHECK((outcome ? outcome->text : "taken") == "taken");
    CHECK(net.b.got == std::vector<std::string>{"1"});
}
