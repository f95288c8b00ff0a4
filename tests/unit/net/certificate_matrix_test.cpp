// SPDX-License-Identifier: Apache-2.0
// The certificate matrix: what a handshake records of a peer, as a server (its certificate as a client) and
// as a client, and which domains the certificate proves.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/net/lax_peer.hpp"
#include "tests/unit/net/secured_pair.hpp"
#include "tests/unit/net/test_certificates.hpp"

using namespace stox;
using namespace stox::net;
using namespace stox::net::test;

namespace {

struct row {
    std::string name;
    request certificate;
    bool from_authority;
    bool chain_valid;
    bool proves_xmpp;  // a.example for xmpp-server, chain and name
    bool proves_sips;
};

request with_names(std::vector<std::string> names) {
    request out;
    out.alternative_names = std::move(names);
    return out;
}

std::vector<row> rows() {
    std::vector<row> out;
    const auto good = with_names({"DNS:a.example"});
    out.push_back({"good PKIX", good, true, true, true, true});
    auto server_only = good;
    server_only.server_only = true;
    out.push_back({"serverAuth only", server_only, true, true, true, true});
    out.push_back({"SRV-ID", with_names({srv_name("_xmpp-server.a.example")}), true, true, true, false});
    out.push_back({"SRV-ID for SIP", with_names({srv_name("_sips.a.example")}), true, true, false, true});
    out.push_back({"xmppAddr", with_names({xmpp_addr("A.example")}), true, true, true, false});
    out.push_back({"SIP URI", with_names({"URI:sip:a.example"}), true, true, false, true});
    out.push_back({"SIP URI of another domain shadows the DNS name",
                   with_names({"URI:sip:b.example", "DNS:a.example"}), true, true, true, false});
    out.push_back({"wrong name", with_names({"DNS:b.example"}), true, true, false, false});
    auto common_name = request{};
    common_name.common_name = "a.example";
    out.push_back({"common name only", common_name, true, true, false, false});
    auto expired = good;
    expired.from_seconds = -200'000;
    expired.until_seconds = -100;
    out.push_back({"expired", expired, true, false, false, false});
    auto early = good;
    early.from_seconds = 10'000;
    out.push_back({"not yet valid", early, true, false, false, false});
    out.push_back({"self-signed", good, false, false, false, false});
    auto weak = good;
    weak.rsa_bits = 1024;
    out.push_back({"RSA-1024", weak, true, false, false, false});
    auto sha1 = good;
    sha1.sha1 = true;
    out.push_back({"SHA-1", sha1, true, false, false, false});
    auto strong = good;
    strong.rsa_bits = 2048;
    out.push_back({"RSA-2048", strong, true, true, true, true});
    return out;
}

// What our side records when the other one shows `shown`.
tls_peer recorded(const certificate_store& ours, const issued& shown, bool we_accept) {
    tls_peer out;
    run([&]() -> awaitable<void> {
        auto pair = co_await connected_pair();
        lax_peer other(shown, !we_accept);
        task_group group(co_await asio::this_coro::executor);
        group.spawn([&]() -> awaitable<void> { co_await other.handshake(*pair.client); });
        const auto server = server_for("ours.example");
        const auto client = client_to("a.example", "ours.example");
        stream_ptr stream;
        if (we_accept)
            stream = co_await accept_tls(std::move(pair.server), ours, server, seconds(10));
        else
            stream = co_await connect_tls(std::move(pair.server), ours, client, seconds(10));
        out = *stream->tls();
        co_await group.join();
    });
    return out;
}

}  // namespace

TEST_CASE("certificate matrix: verdict and identities, shown by servers and by clients") {
    const temporary_directory directory;
    request root;
    root.authority = true;
    root.common_name = "Test root";
    const auto authority = issue(root);
    const trusted_root trust(directory, authority);
    certificate_store ours({}, "");
    ours.swap_in(ours.load());
    for (const auto& row : rows()) {
        const auto shown = issue(row.certificate, row.from_authority ? &authority : nullptr);
        for (const bool we_accept : {true, false}) {
            INFO(row.name << (we_accept ? ", shown by a client" : ", shown by a server"));
            const auto peer = recorded(ours, shown, we_accept);
            CHECK(peer.has_certificate);
            CHECK(peer.fingerprint.size() == 32);
            INFO(peer.chain_error);
            CHECK(peer.chain_valid == row.chain_valid);
            CHECK(peer.chain_error.empty() == row.chain_valid);
            CHECK((peer.chain_valid && covers(peer.names, "a.example", "xmpp-server")) == row.proves_xmpp);
            CHECK((peer.chain_valid && covers(peer.names, "a.example", "sips")) == row.proves_sips);
        }
    }
}

TEST_CASE("covers: wildcards stand for one whole label, for XMPP only") {
    certificate_names names;
    names.dns = {"*.example.com", "*.com", "f*.example.net", "plain.example.org"};
    CHECK(covers(names, "chat.example.com", "xmpp-server"));
    CHECK(covers(names, "CHAT.example.com", "xmpp-server"));
    CHECK_FALSE(covers(names, "chat.example.com", "sips"));  // RFC 5922 section 7.2
    CHECK_FALSE(covers(names, "a.chat.example.com", "xmpp-server"));
    CHECK_FALSE(covers(names, "example.com", "xmpp-server"));
    CHECK_FALSE(covers(names, ".example.com", "xmpp-server"));
    CHECK_FALSE(covers(names, "foo.example.net", "xmpp-server"));
    CHECK(covers(names, "plain.example.org", "sips"));
    CHECK_FALSE(covers(names, "", "xmpp-server"));
}

TEST_CASE("covers: URI identities of SIP domains (RFC 5922 section 7.1)") {
    certificate_names names;
    names.uri = {"sip:alice@a.example", "http://b.example", "SIP:C.example;transport=tls",
                 "sip:d.example:5061"};
    CHECK_FALSE(covers(names, "a.example", "sips"));
    CHECK_FALSE(covers(names, "b.example", "sips"));
    CHECK(covers(names, "c.example", "sips"));
    CHECK(covers(names, "d.example", "sips"));
    CHECK_FALSE(covers(names, "c.example", "xmpp-server"));
}
