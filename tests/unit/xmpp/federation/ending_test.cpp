// SPDX-License-Identifier: Apache-2.0
// How streams end: with a peer that does not read, with one that does not stop writing, and with ourselves.
#include <catch2/catch.hpp>

#include "tests/unit/xmpp/federation/domain_certificates.hpp"
#include "tests/unit/xmpp/federation/raw_peer.hpp"
#include "tests/unit/xmpp/federation/two_servers.hpp"

using namespace stox;
using namespace stox::xmpp;
using namespace stox::xmpp::test;

TEST_CASE("federation: a peer that asks, never reads and goes away leaves nothing behind") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path(), true, [](federation_options& o) { o.unproven_burst = 1U << 30U; });
    raw_peer asker("b.test", "a.test", directory.path());
    std::size_t during = 0, after = 1;
    // The answer repeats the id.
    const std::string question =
        "<db:verify from='b.test' to='a.test' id='" + std::string(12'000, 'x') + "'>key</db:verify>";
    net.run([&]() -> awaitable<void> {
        co_await asker.connect(net.a.where);
        bool blocked = false;
        while (!blocked) {
            const auto soon = steady_clock::now() + milliseconds(500);
            const bool written = co_await with_deadline(soon, asker.stream->write(question));
            blocked = !written;
        }
        during = net.a.federation->streams().size();
        asker.stream->close();
        co_await until([&] { return net.a.federation->streams().empty(); });
        after = net.a.federation->streams().size();
    });
    CHECK(during == 1);
    CHECK(after == 0);
}

TEST_CASE("federation: a peer that goes on writing still reads why its stream ended") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path(), true);
    raw_peer writer("b.test", "a.test", directory.path());
    std::string heard;
    net.run([&]() -> awaitable<void> {
        co_await writer.connect(net.a.where);
        const std::string flood = "<nonsense xmlns='urn:x'/>" + std::string(600'000, ' ');
        co_await writer.stream->write(flood);
        heard = co_await writer.hear("</stream:stream>");
        writer.stream->close();
    });
    CHECK(heard.find("<unsupported-stanza-type") != std::string::npos);
}

TEST_CASE("federation: what was accepted before the end leaves before it, afterwards nothing is accepted") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path());
    bool accepted = false, accepted_later = true;
    std::optional<stanza_error> sent_later;
    net.run([&]() -> awaitable<void> {
        co_await net.a.federation->send(net.a.message("v@b.test", "first"), seconds(10));
        accepted = net.a.federation->post(net.a.message("v@b.test", "last"));
        co_await net.stop_a();
        accepted_later = net.a.federation->post(net.a.message("v@b.test", "late"));
        sent_later = co_await net.a.federation->send(net.a.message("v@b.test", "late"), seconds(10));
        co_await until([&] { return net.b.got.size() > 1; });
    });
    CHECK(accepted);
    CHECK(net.b.got == std::vector<std::string>{"first", "last"});
    CHECK_FALSE(accepted_later);
    REQUIRE(sent_later);
    CHECK(sent_later->text == "the gateway is stopping");
}
