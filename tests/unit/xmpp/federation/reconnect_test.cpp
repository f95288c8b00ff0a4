// SPDX-License-Identifier: Apache-2.0
// A server that is away: what waits for it, and how soon it is found again.
#include <catch2/catch.hpp>

#include "tests/unit/xmpp/federation/domain_certificates.hpp"
#include "tests/unit/xmpp/federation/raw_peer.hpp"
#include "tests/unit/xmpp/federation/two_servers.hpp"

using namespace stox;
using namespace stox::xmpp;
using namespace stox::xmpp::test;

TEST_CASE("federation: the longest pause between attempts is short, somebody waits") {
    const federation_options defaults;
    CHECK(defaults.longest_retry * 5 / 4 <= seconds(5));
}

TEST_CASE("federation: what was posted outlives refused connections; who waits is told") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path());
    std::optional<stanza_error> waited;
    net.between.refusing = true;
    net.run([&]() -> awaitable<void> {
        net.a.federation->post(net.a.message("v@b.test", "bounce"));
        waited = co_await net.a.federation->send(net.a.message("v@b.test", "asked"), seconds(10));
        net.between.refusing = false;
        co_await until([&] { return !net.b.got.empty(); });
    });
    REQUIRE(waited);
    CHECK(waited->condition == "remote-server-timeout");
    CHECK(net.b.got == std::vector<std::string>{"bounce"});
}

TEST_CASE("federation: a server that speaks to us is tried again at once") {
    const certs::temporary_directory directory;
    const auto root = authority();
    const certs::trusted_root trust(directory, root);
    issued_by(directory, root);
    two_servers net(directory.path(), true, [](federation_options& o) {
        o.first_retry = seconds(30);
        o.longest_retry = seconds(30);
    });
    raw_peer speaker("b.test", "a.test", directory.path());
    net.between.refusing = true;
    net.run([&]() -> awaitable<void> {
        net.a.federation->post(net.a.message("v@b.test", "waiting"));
        co_await until([&] { return net.between.refused > 0; });
        net.between.refusing = false;
        co_await speaker.connect(net.a.where);
        co_await speaker.authenticate();
        co_await until([&] { return !net.b.got.empty(); });
        speaker.stream->close();
    });
    CHECK(net.b.got == std::vector<std::string>{"waiting"});
}
