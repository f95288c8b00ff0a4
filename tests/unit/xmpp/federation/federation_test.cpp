// SPDX-License-Identifier: Apache-2.0
// Federation against federation: authentication, several domains on one stream, loss of the connection.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/xmpp/federation/domain_certificates.hpp"
#include "tests/unit/xmpp/federation/two_servers.hpp"

using namespace stox;
using namespace stox::xmpp;
using namespace stox::xmpp::test;

namespace {

constexpr milliseconds limit{15'000};

using outcome = std::optional<stanza_error>;

std::string words(const outcome& o) { return o ? o->condition + ": " + o->text : "taken"; }

const federation::stream_info* outgoing(const std::vector<federation::stream_info>& all) {
    const auto found = std::find_if(all.begin(), all.end(), [](const auto& s) { return !s.incoming; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("federation: self-signed certificates, dialback proves both, one bidirectional stream") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path());
    outcome there, back;
    std::vector<federation::stream_info> streams;
    net.run([&]() -> awaitable<void> {
        there = co_await net.a.federation->send(net.a.message("v@b.test", "1"), limit);
        back = co_await net.b.federation->send(net.b.message("v@a.test", "2"), limit);
        streams = net.a.federation->streams();
    });
    CHECK(words(there) == "taken");
    CHECK(words(back) == "taken");
    CHECK(net.a.got == std::vector<std::string>{"2"});
    CHECK(net.b.got == std::vector<std::string>{"1"});
    const auto* out = outgoing(streams);
    REQUIRE(out != nullptr);
    CHECK(out->authentication == "dialback");
    CHECK(out->bidirectional);
    CHECK(out->managed);
    CHECK(streams.size() == 1);
}

TEST_CASE("federation: certificates of a trusted authority, serverAuth only, EXTERNAL, STARTTLS and direct") {
    const certs::temporary_directory directory;
    const auto root = authority();
    const certs::trusted_root trust(directory, root);
    issued_by(directory, root);
    for (const bool direct : {false, true}) {
        INFO(direct);
        two_servers net(directory.path(), direct);
        outcome there, back;
        std::vector<federation::stream_info> streams;
        net.run([&]() -> awaitable<void> {
            there = co_await net.a.federation->send(net.a.message("v@b.test", "1"), limit);
            back = co_await net.b.federation->send(net.b.message("v@a.test", "2"), limit);
            streams = net.a.federation->streams();
        });
        CHECK(words(there) == "taken");
        CHECK(words(back) == "taken");
        REQUIRE(outgoing(streams) != nullptr);
        CHECK(outgoing(streams)->authentication == "external");
    }
}

TEST_CASE("federation: many domain pairs share one stream by dialback (XEP-0220 2.6)") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path());
    std::vector<std::string> all;
    std::size_t streams = 0;
    net.run([&]() -> awaitable<void> {
        const outcome first = co_await net.a.federation->send(net.a.message("v@b.test", "0"), limit);
        all.push_back(words(first));
        for (int i = 1; i <= 5; ++i) {
            const auto n = std::to_string(i);
            const auto from = "u@d" + n + ".a.test", to = "v@e" + n + ".b.test";
            auto stanza = net.a.message(to, n, from);
            const outcome o = co_await net.a.federation->send(std::move(stanza), limit);
            all.push_back(words(o));
        }
        streams = net.a.federation->streams().size();
    });
    CHECK(all == std::vector<std::string>(6, "taken"));
    CHECK(net.b.got == std::vector<std::string>{"0", "1", "2", "3", "4", "5"});
    CHECK(streams <= 6);
}

TEST_CASE("federation: order is kept and one hundred sends at once are all confirmed") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path());
    std::size_t taken = 0;
    net.run([&]() -> awaitable<void> {
        task_group group(net.io.get_executor());
        for (int i = 0; i < 100; ++i) {
            const auto body = std::to_string(i);
            group.spawn([&net, &taken, body]() -> awaitable<void> {
                auto stanza = net.a.message("v@b.test", body);
                const outcome o = co_await net.a.federation->send(std::move(stanza), limit);
                if (!o) ++taken;
            });
        }
        co_await group.join();
    });
    CHECK(taken == 100);
    REQUIRE(net.b.got.size() == 100);
    for (std::size_t i = 0; i < 100; ++i) CHECK(net.b.got[i] == std::to_string(i));
}

TEST_CASE("federation: errors say what failed") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path());
    outcome unknown, refused, not_ours;
    net.run([&]() -> awaitable<void> {
        unknown = co_await net.a.federation->send(net.a.message("v@nowhere.invalid", "1"), limit);
        auto foreign = net.a.message("v@b.test", "1", "u@stranger.invalid");
        not_ours = co_await net.a.federation->send(std::move(foreign), limit);
        net.between.refusing = true;
        net.between.cut();
        auto other = net.a.message("v@x.b.test", "1");
        refused = co_await net.a.federation->send(std::move(other), limit);
    });
    REQUIRE(unknown);
    CHECK(unknown->condition == "remote-server-not-found");
    CHECK(unknown->text.find("nowhere.invalid") != std::string::npos);
    REQUIRE(not_ours);
    CHECK(not_ours->condition == "remote-server-timeout");
    REQUIRE(refused);
    CHECK(refused->condition == "remote-server-timeout");
    CHECK(net.b.got.empty());
}

TEST_CASE("federation: the connection cut anywhere, nothing is lost and nothing silently dropped") {
    const certs::temporary_directory directory;
    self_signed(directory);
    // Measured from the first byte of the connection: in TLS, in negotiation, between and within stanzas.
    for (std::size_t cut_at = 200; cut_at < 6000; cut_at += 380) {
        INFO(cut_at);
        two_servers net(directory.path());
        std::vector<std::string> outcomes(12, "pending");
        net.between.cut_at = cut_at;
        net.run([&]() -> awaitable<void> {
            task_group group(net.io.get_executor());
            for (std::size_t i = 0; i < outcomes.size(); ++i) {
                group.spawn([&net, &outcomes, i]() -> awaitable<void> {
                    auto stanza = net.a.message("v@b.test", std::to_string(i));
                    const outcome o = co_await net.a.federation->send(std::move(stanza), limit);
                    outcomes[i] = words(o);
                });
                if (i % 3 == 2) co_await yield();
            }
            co_await group.join();
        });
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const auto arrived = std::count(net.b.got.begin(), net.b.got.end(), std::to_string(i));
            if (outcomes[i] == "taken") CHECK(arrived >= 1);
            CHECK(outcomes[i] != "pending");
            if (outcomes[i] != "taken") CHECK(outcomes[i].find("remote-server-timeout") == 0);
        }
    }
}

TEST_CASE("federation: TCP cut between every two stanzas (XEP-0198)") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path());
    std::vector<std::string> outcomes;
    net.run([&]() -> awaitable<void> {
        for (int i = 0; i < 6; ++i) {
            auto stanza = net.a.message("v@b.test", std::to_string(i));
            const outcome o = co_await net.a.federation->send(std::move(stanza), limit);
            outcomes.push_back(words(o));
            net.between.cut();
        }
    });
    CHECK(outcomes == std::vector<std::string>(6, "taken"));
    CHECK(net.b.got == std::vector<std::string>{"0", "1", "2", "3", "4", "5"});
}

TEST_CASE(
    "federation: a burst that waits for the stream is bounded by bytes and all of it is sent, in order") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path());
    const std::string padding(4'000, '.');
    std::size_t accepted = 0;
    net.run([&]() -> awaitable<void> {
        // More than a stream's own queue takes.
        for (int i = 0; i < 900; ++i) {
            auto stanza = net.a.message("v@b.test", std::to_string(i) + padding);
            if (net.a.federation->post(std::move(stanza))) ++accepted;
        }
        co_await until([&] { return net.b.got.size() >= accepted; });
    });
    CHECK(accepted == 900);
    REQUIRE(net.b.got.size() == 900);
    for (std::size_t i = 0; i < 900; ++i) CHECK(net.b.got[i] == std::to_string(i) + padding);
}

TEST_CASE("federation: what waits for one domain is bounded in bytes") {
    const certs::temporary_directory directory;
    self_signed(directory);
    two_servers net(directory.path());
    const std::string large(200'000, '.');
    int accepted = 0;
    net.between.refusing = true;
    net.run([&]() -> awaitable<void> {
        for (int i = 0; i < 100; ++i)
            if (net.a.federation->post(net.a.message("v@b.test", large))) ++accepted;
        co_return;
    });
    CHECK(accepted == 20);  // 8 MiB; each has the text twice, as id and as body
}
