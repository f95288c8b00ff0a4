// SPDX-License-Identifier: Apache-2.0
// Which certificate is shown, and what a reload keeps.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "tests/unit/net/secured_pair.hpp"
#include "tests/unit/net/test_certificates.hpp"

using namespace stox;
using namespace stox::net;
using namespace stox::net::test;
namespace fs = std::filesystem;

namespace {

issued for_names(std::vector<std::string> names, long until = 86400) {
    request wanted;
    wanted.alternative_names = std::move(names);
    wanted.from_seconds = -200'000;
    wanted.until_seconds = until;
    return issue(wanted);
}

void write_pair(const temporary_directory& directory, const std::string& chain, const std::string& key,
                const issued& made) {
    directory.write(chain, made.certificate_pem());
    directory.write(key, made.key_pem());
}

// The names of the certificate that a client asking for `server_name` is shown.
tls_peer shown(const certificate_store& store, const std::string& server_name) {
    tls_peer out;
    run([&]() -> awaitable<void> {
        const auto server = server_for("default.example");
        const auto client = client_to(server_name, "client.example");
        auto pair = co_await handshake(store, server, store, client);
        out = *pair.client->tls();
    });
    return out;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("certificate store: all three file layouts, names decide, exact before wildcard, expired last") {
    const temporary_directory directory;
    const auto one = for_names({"DNS:one.example"});
    directory.write("combined.pem", one.key_pem() + one.certificate_pem());
    write_pair(directory, "whatever.crt", "whatever.key", for_names({"DNS:*.example"}));
    write_pair(directory, "two/fullchain.pem", "two/privkey.pem",
               for_names({"DNS:two.example", "DNS:*.two.example"}));
    write_pair(directory, "stale.crt", "stale.key", for_names({"DNS:deep.two.example"}, -100));
    write_pair(directory, "x.crt", "x.key", for_names({xmpp_addr("addr.test")}));
    certificate_store store({directory.path(), directory.path() / "missing"}, "");
    const auto lines = store.swap_in(store.load());
    REQUIRE(store.certificates().size() == 5);
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::Matchers::Contains("stale.crt: expired on"));
    CHECK(shown(store, "one.example").names.dns == texts{"one.example"});
    CHECK(shown(store, "ONE.example").names.dns == texts{"one.example"});
    CHECK(shown(store, "two.example").names.dns.front() == "two.example");
    CHECK(shown(store, "chat.two.example").names.dns.front() == "two.example");
    CHECK(shown(store, "deep.two.example").names.dns.front() == "two.example");
    CHECK(shown(store, "addr.test").names.xmpp_addr == texts{"addr.test"});
    CHECK(shown(store, "stranger.test").names.dns == texts{"default.example"});
    CHECK(shown(store, "").names.dns == texts{"default.example"});
    CHECK(shown(store, "192.0.2.1").server_name.empty());
    CHECK_FALSE(store.holds_valid_for("one.example"));
}

TEST_CASE("certificate store: a made certificate is kept with its key, readable by its owner only") {
    const temporary_directory directory;
    std::string first;
    {
        certificate_store store({}, directory.path() / "made");
        const auto peer = shown(store, "default.example");
        first = peer.fingerprint;
        CHECK(peer.names.dns == texts{"default.example"});
        CHECK_FALSE(peer.chain_valid);
    }
    const auto file = directory.path() / "made/default.example.pem";
    CHECK((fs::status(file).permissions() & fs::perms::mask) == fs::perms(0600));
    certificate_store again({}, directory.path() / "made");
    CHECK(shown(again, "default.example").fingerprint == first);
    directory.write("made/default.example.pem", "damaged");
    certificate_store third({}, directory.path() / "made");
    CHECK(shown(third, "default.example").fingerprint != first);
    certificate_store nowhere({}, "/proc/no/such/place");
    CHECK(shown(nowhere, "default.example").names.dns == texts{"default.example"});
}

TEST_CASE("certificate store: hostile domains never become file names") {
    const temporary_directory directory;
    certificate_store store({}, directory.path() / "made");
    CHECK(store.context_for("../../outside") != nullptr);
    CHECK(store.context_for(std::string(300, 'a')) != nullptr);
    CHECK(store.known_context_for("unknown.example") == nullptr);
    CHECK_FALSE(fs::exists(directory.path() / "outside.pem"));
}

TEST_CASE("certificate store: reload sees changes, new handshakes use them, running streams stay") {
    const temporary_directory directory;
    const auto before = for_names({"DNS:a.example"});
    const auto after = for_names({"DNS:a.example"});
    write_pair(directory, "a.crt", "a.key", before);
    certificate_store store({directory.path()}, "");
    store.swap_in(store.load());
    CHECK(store.load_if_changed() == nullptr);
    const auto first = shown(store, "a.example").fingerprint;
    std::string still;
    run([&]() -> awaitable<void> {
        const auto server = server_for("a.example");
        const auto client = client_to("a.example", "b.example");
        auto pair = co_await handshake(store, server, store, client);
        write_pair(directory, "a.crt", "a.key", after);
        fs::last_write_time(directory.path() / "a.crt", fs::file_time_type::clock::now() + seconds(2));
        const auto changed = store.load_if_changed();
        if (changed) store.swap_in(changed);
        co_await pair.client->write("still here");
        still = co_await read_exactly(*pair.server, 10);
    });
    CHECK(still == "still here");
    CHECK(shown(store, "a.example").fingerprint != first);
    CHECK(store.load_if_changed() == nullptr);
}

TEST_CASE("certificate store: permissions that change are a change") {
    const temporary_directory directory;
    write_pair(directory, "a.crt", "a.key", for_names({"DNS:a.example"}));
    certificate_store store({directory.path()}, "");
    store.swap_in(store.load());
    CHECK(store.load_if_changed() == nullptr);
    fs::permissions(directory.path() / "a.key", fs::perms::owner_read);
    CHECK(store.load_if_changed() != nullptr);
    CHECK(store.load_if_changed() == nullptr);
}

TEST_CASE("certificate store: a bad pair keeps the old one and is said in one line") {
    const temporary_directory directory;
    const auto good = for_names({"DNS:a.example"});
    write_pair(directory, "a.crt", "a.key", good);
    certificate_store store({directory.path()}, "");
    CHECK(store.swap_in(store.load()).empty());
    const auto first = shown(store, "a.example").fingerprint;

    std::string expected = "stays in use";
    SECTION("the key does not match") {
        directory.write("a.key", for_names({"DNS:a.example"}).key_pem());
        expected =
            "a.key: the private key does not match the certificate; the one loaded before stays in use";
    }
    SECTION("the key is gone") {
        fs::remove(directory.path() / "a.key");
        expected = "a.key: No such file or directory; the one loaded before stays in use";
    }
    SECTION("the chain is no PEM") {
        directory.write("a.crt", "-----BEGIN nonsense");
        expected = "a.crt: no certificate in PEM form; the one loaded before stays in use";
    }
    SECTION("both are gone") {
        fs::remove(directory.path() / "a.key");
        fs::remove(directory.path() / "a.crt");
        expected = "a.crt: gone; the one loaded before stays in use";
    }
    SECTION("the key is too short for OpenSSL") {
        request weak;
        weak.alternative_names = {"DNS:a.example"};
        weak.rsa_bits = 1024;
        write_pair(directory, "a.crt", "a.key", issue(weak));
        expected = "a.crt: ee key too small; the one loaded before stays in use";
    }
    const auto lines = store.swap_in(store.load());
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::Matchers::EndsWith(expected));
    CHECK(shown(store, "a.example").fingerprint == first);
    CHECK(store.swap_in(store.load()).size() == 1);
    CHECK(shown(store, "a.example").fingerprint == first);
}

TEST_CASE("certificate store: renamed files replace without a word") {
    const temporary_directory directory;
    write_pair(directory, "old.crt", "old.key", for_names({"DNS:a.example"}));
    certificate_store store({directory.path()}, "");
    store.swap_in(store.load());
    fs::remove(directory.path() / "old.crt");
    write_pair(directory, "new.crt", "new.key", for_names({"DNS:a.example"}));
    CHECK(store.swap_in(store.load()).empty());
    CHECK(store.certificates().size() == 1);
}

TEST_CASE("certificate store: the trust store is read again at a reload") {
    const temporary_directory directory;
    request root;
    root.authority = true;
    root.common_name = "First root";
    const auto first = issue(root);
    root.common_name = "Second root";
    const auto second = issue(root);
    request wanted;
    wanted.alternative_names = {"DNS:a.example"};
    write_pair(directory, "a.crt", "a.key", issue(wanted, &second));
    const trusted_root trust(directory, first);
    certificate_store store({directory.path()}, "");
    store.swap_in(store.load());
    CHECK_FALSE(store.holds_valid_for("a.example"));
    CHECK_FALSE(shown(store, "a.example").chain_valid);
    directory.write("trust/roots.crt", first.certificate_pem() + second.certificate_pem());
    const auto changed = store.load_if_changed();
    REQUIRE(changed != nullptr);
    store.swap_in(changed);
    CHECK(store.holds_valid_for("a.example"));
    CHECK(shown(store, "a.example").chain_valid);
}
