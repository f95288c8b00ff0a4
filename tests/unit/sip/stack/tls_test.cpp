// SPDX-License-Identifier: Apache-2.0
// TLS between stacks: whose certificate counts (RFC 5922), no downgrade, connections used both ways (RFC
// 5923).
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/random.hpp"
#include "net/self_signed.hpp"
#include "tests/unit/sip/stack/two_stacks.hpp"

using namespace stox;
using namespace stox::test;
namespace fs = std::filesystem;

namespace {

/// Certificates of two hosts, trusted by this process as roots while the object lives.
class trusted_hosts {
  public:
    explicit trusted_hosts(bool trusted) : path_(fs::temp_directory_path() / ("stox-" + random_token())) {
        std::string roots;
        for (const auto* name : {"sip.example", "gw.example"}) {
            fs::create_directories(path_ / name);
            if (!net::kept_self_signed(path_ / name, name)) throw std::runtime_error("no certificate");
            for (const auto& file : fs::recursive_directory_iterator(path_ / name))
                if (file.is_regular_file()) roots += read(file.path());
        }
        std::ofstream(path_ / "roots.crt") << (trusted ? roots : "");
        setenv("SSL_CERT_FILE", (path_ / "roots.crt").c_str(), 1);
        setenv("SSL_CERT_DIR", (path_ / "none").c_str(), 1);
    }
    ~trusted_hosts() {
        unsetenv("SSL_CERT_FILE");
        unsetenv("SSL_CERT_DIR");
        fs::remove_all(path_);
    }
    trusted_hosts(const trusted_hosts&) = delete;
    trusted_hosts& operator=(const trusted_hosts&) = delete;

    std::unique_ptr<net::certificate_store> store(const std::string& name) const {
        auto out = std::make_unique<net::certificate_store>(std::vector<fs::path>{path_ / name}, fs::path());
        out->swap_in(out->load());
        return out;
    }

  private:
    static std::string read(const fs::path& file) {
        std::ostringstream out;
        out << std::ifstream(file).rdbuf();
        return out.str();
    }
    fs::path path_;
};

sip::stack_options host(const std::string& name, std::uint16_t port) {
    sip::stack_options o;
    o.host_name = name;
    o.listen = {{sip::transport::udp, loopback(port)},
                {sip::transport::tls, loopback(static_cast<std::uint16_t>(port + 1))}};
    return o;
}

struct pair_of_hosts {
    network n;
    trusted_hosts hosts;
    std::unique_ptr<net::certificate_store> gw_store = hosts.store("gw.example");
    std::unique_ptr<net::certificate_store> sip_store = hosts.store("sip.example");
    std::uint16_t gw_port = static_cast<std::uint16_t>(free_port() + 10'000);
    std::uint16_t sip_port = static_cast<std::uint16_t>(gw_port + 2);
    node gw{n, host("gw.example", gw_port), gw_store.get()};
    node sip{n, host("sip.example", sip_port), sip_store.get()};
    std::vector<stox::sip::transport> kinds;
    bool peer_known = false;

    explicit pair_of_hosts(bool trusted) : hosts(trusted) {
        n.dns.add_address("host.example", "127.0.0.1");
        add("sip.example", sip_port);
        add("gw.example", gw_port);
        for (auto* each : {&gw, &sip})
            each->stack->handle("MESSAGE", [this](stox::sip::incoming_ptr request) -> awaitable<void> {
                kinds.push_back(request->from().kind);
                peer_known = request->from().tls != nullptr && request->from().tls->chain_valid;
                request->respond(200);
                co_return;
            });
    }
    void add(const std::string& domain, std::uint16_t port) {
        n.dns.add_srv("_sips._tcp." + domain, 1, 1, static_cast<std::uint16_t>(port + 1), "host.example");
        n.dns.add_srv("_sip._udp." + domain, 1, 1, port, "host.example");
    }
};

stox::sip::next_hop to(const std::string& name, bool listed = false) {
    stox::sip::next_hop hop;
    hop.host = name;
    hop.trusted_tls = listed;
    hop.configured = true;  // the hosts of these tests live on loopback
    return hop;
}

}  // namespace

TEST_CASE("TLS: a covering certificate on both sides; one connection serves both directions") {
    pair_of_hosts p(true);
    REQUIRE(p.gw.problems.empty());
    sip::outcome there, back;
    std::size_t connections = 0;
    bool first_known = false;
    auto body = [&](task_group& group) -> awaitable<void> {
        p.gw.start(group);
        p.sip.start(group);
        co_await yield();
        auto request = text_message("sip:juliet@sip.example");
        auto hop = to("sip.example");
        there = co_await p.gw.stack->send(std::move(request), std::move(hop));
        first_known = p.peer_known;
        auto reply = text_message("sip:romeo@gw.example");
        auto reply_hop = to("gw.example");
        back = co_await p.sip.stack->send(std::move(reply), std::move(reply_hop));
        connections = p.gw.stack->connection_count() + p.sip.stack->connection_count();
    };
    p.n.run([&]() { return within_group(body); });
    INFO(there.reason << " / " << back.reason);
    CHECK(there.status == 200);
    CHECK(back.status == 200);
    CHECK(first_known);
    CHECK(p.kinds == std::vector<sip::transport>{sip::transport::tls, sip::transport::tls});
    CHECK(connections == 2);  // the two ends of one
}

TEST_CASE("TLS: a certificate that proves nothing is 503, never UDP instead") {
    pair_of_hosts p(false);
    sip::outcome result;
    auto body = [&](task_group& group) -> awaitable<void> {
        p.gw.start(group);
        p.sip.start(group);
        co_await yield();
        auto request = text_message("sip:juliet@sip.example");
        auto hop = to("sip.example");
        result = co_await p.gw.stack->send(std::move(request), std::move(hop));
    };
    p.n.run([&]() { return within_group(body); });
    CHECK(result.status == 503);
    CHECK(result.reason.find("certificate") != std::string::npos);
    CHECK(p.kinds.empty());
}

TEST_CASE("TLS: a listed peer's certificate need not prove anything") {
    pair_of_hosts p(false);
    sip::outcome result;
    auto body = [&](task_group& group) -> awaitable<void> {
        p.gw.start(group);
        p.sip.start(group);
        co_await yield();
        auto request = text_message("sip:juliet@sip.example");
        auto hop = to("sip.example", true);
        result = co_await p.gw.stack->send(std::move(request), std::move(hop));
    };
    p.n.run([&]() { return within_group(body); });
    INFO(result.reason);
    CHECK(result.status == 200);
    CHECK(p.kinds == std::vector<sip::transport>{sip::transport::tls});
}
