// SPDX-License-Identifier: Apache-2.0
// What a stranger may cost: bytes before authentication, connections.
#include <catch2/catch.hpp>

#include "tests/unit/net/loopback.hpp"
#include "tests/unit/xmpp/federation/domain_certificates.hpp"
#include "tests/unit/xmpp/federation/raw_peer.hpp"
#include "tests/unit/xmpp/federation/two_servers.hpp"

using namespace stox;
using namespace stox::xmpp;
using namespace stox::xmpp::test;

TEST_CASE("federation: before authentication reading pauses above the rate") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path(), true, [](federation_options& o) {
        o.unproven_rate = 1;
        o.unproven_burst = 2'000;
    });
    raw_peer asker("b.test", "a.test", directory.path());
    const std::string question =
        "<db:verify from='b.test' to='a.test' id='" + std::string(3'000, 'x') + "'>key</db:verify>";
    bool answered_more = true;
    net.run([&]() -> awaitable<void> {
        co_await asker.connect(net.a.where);
        co_await asker.stream->write(question);
        co_await asker.hear("type='invalid'");
        co_await asker.stream->write(question);
        std::string buffer(100, ' ');
        const std::span<char> room(buffer);
        const auto soon = steady_clock::now() + milliseconds(200);
        const auto got = co_await with_deadline(soon, asker.stream->read_some(room));
        answered_more = got.has_value();
        asker.stream->close();
    });
    CHECK_FALSE(answered_more);
}

TEST_CASE("federation: a connection over the limit is told why") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path(), false,
                    [](federation_options& o) { o.max_unauthenticated_per_source = 1; });
    std::string said;
    net.run([&]() -> awaitable<void> {
        net::stream_ptr first = co_await net::connect_tcp(net.a.where, seconds(5));
        co_await until([&] { return net.a.federation->streams().size() == 1; });
        net::stream_ptr second = co_await net::connect_tcp(net.a.where, seconds(5));
        const std::string header = stream::test::header("from='b.test' to='a.test'");
        co_await second->write(header);
        said = co_await net::test::read_exactly(*second, 10'000);
    });
    CHECK(said.starts_with("<?xml"));
    CHECK(said.find("<policy-violation") != std::string::npos);
    CHECK(said.ends_with("</stream:error></stream:stream>"));
}
