// SPDX-License-Identifier: Apache-2.0
// Finding a domain's servers when some names do not answer.
#include <catch2/catch.hpp>

#include "tests/unit/net/loopback.hpp"
#include "tests/unit/xmpp/federation/two_servers.hpp"

using namespace stox;
using namespace stox::xmpp;
using namespace stox::xmpp::test;

namespace {

// Two SRV targets; names that begin with "silent" are never answered.
class slow_resolver : public literal_resolver {
  public:
    awaitable<dns::answer<dns::srv_record>> srv(std::string name) override {
        dns::answer<dns::srv_record> out;
        out.state = dns::status::no_name;
        if (name == "_xmpp-server._tcp.b.test") {
            out.state = dns::status::found;
            out.records.push_back({10, 1, 5269, "silent.b.test"});
            out.records.push_back({20, 1, 5269, "xmpp.b.test"});
        }
        co_return out;
    }
    awaitable<dns::answer<net::ip_address>> addresses(std::string name) override {
        if (name.starts_with("silent")) co_await sleep_for(seconds(60));
        dns::answer<net::ip_address> out = co_await literal_resolver::addresses(name);
        co_return out;
    }
};

server_location located(dns::resolver& resolver) {
    server_location out;
    net::test::run([&]() -> awaitable<void> { out = co_await locate_server(resolver, "b.test"); });
    return out;
}

}  // namespace

TEST_CASE("locate: a target whose name is not answered does not hold up the others") {
    slow_resolver resolver;
    resolver.names["xmpp.b.test"] = {asio::ip::make_address("192.0.2.9")};
    const auto where = located(resolver);
    CHECK(where.state == dns::status::found);
    REQUIRE(where.targets.size() == 1);
    CHECK(where.targets[0].host == "xmpp.b.test");
}
