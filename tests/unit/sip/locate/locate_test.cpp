// SPDX-License-Identifier: Apache-2.0
#include "sip/locate.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "runtime/timer.hpp"
#include "tests/support/fake_dns.hpp"

using namespace stox;
using namespace stox::sip;
using stox::test::fake_dns;

namespace {

template <class T>
T await(awaitable<T> operation) {
    asio::io_context io;
    std::optional<T> out;
    std::exception_ptr failure;
    auto body = [&]() -> awaitable<void> { out = co_await std::move(operation); };
    asio::co_spawn(io, body, [&](std::exception_ptr e) { failure = e; });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*out);
}

next_hop hop(std::string host, std::optional<std::uint16_t> port = {}, std::optional<transport> kind = {}) {
    next_hop h;
    h.host = std::move(host);
    h.port = port;
    h.kind = kind;
    return h;
}

std::vector<std::string> targets(const located& l) {
    std::vector<std::string> out;
    for (const auto& t : l.targets) out.push_back(to_string(t));
    return out;
}

using list = std::vector<std::string>;

fake_dns zone() {
    fake_dns dns;
    dns.add_address("sip1.example", "192.0.2.1");
    dns.add_address("sip2.example", "192.0.2.2");
    dns.add_address("six.example", "2001:db8::1");
    dns.add_address("six.example", "192.0.2.6");
    return dns;
}

}  // namespace

TEST_CASE("locate: numeric hosts need no DNS (RFC 3263 4.2)") {
    fake_dns dns;
    CHECK(targets(await(locate(dns, hop("192.0.2.9"), {}))) == list{"udp 192.0.2.9:5060"});
    CHECK(targets(await(locate(dns, hop("192.0.2.9", 5070, transport::tcp), {}))) ==
          list{"tcp 192.0.2.9:5070"});
    CHECK(targets(await(locate(dns, hop("[2001:db8::9]", {}, transport::tls), {}))) ==
          list{"tls [2001:db8::9]:5061"});
    CHECK(dns.asked.empty());
}

TEST_CASE("locate: an explicit port means addresses only") {
    auto dns = zone();
    dns.add_srv("_sip._udp.sip1.example", 1, 1, 9999, "sip2.example");
    CHECK(targets(await(locate(dns, hop("sip1.example", 5080), {}))) == list{"udp 192.0.2.1:5080"});
}

TEST_CASE("locate: IPv6 comes before IPv4 and both are tried") {
    auto dns = zone();
    CHECK(targets(await(locate(dns, hop("six.example", 5060), {}))) ==
          list{"udp [2001:db8::1]:5060", "udp 192.0.2.6:5060"});
}

TEST_CASE("locate: NAPTR decides the transport, by order and preference (RFC 3263 4.1)") {
    auto dns = zone();
    dns.add_naptr("example.org", 20, 10, "s", "SIP+D2U", "_sip._udp.example.org");
    dns.add_naptr("example.org", 10, 20, "s", "SIP+D2T", "_sip._tcp.example.org");
    dns.add_naptr("example.org", 10, 10, "S", "sips+d2t", "_sips._tcp.example.org");
    dns.add_naptr("example.org", 1, 1, "u", "E2U+sip", "");
    dns.add_srv("_sip._udp.example.org", 1, 1, 5060, "sip1.example");
    dns.add_srv("_sip._tcp.example.org", 1, 1, 5060, "sip2.example");
    dns.add_srv("_sips._tcp.example.org", 1, 1, 5061, "sip2.example");
    const auto found = await(locate(dns, hop("example.org"), {}));
    CHECK(targets(found) == list{"tls 192.0.2.2:5061", "tcp 192.0.2.2:5060", "udp 192.0.2.1:5060"});
    CHECK(found.targets[0].domain == "example.org");
    CHECK(found.targets[0].verify);
}

TEST_CASE("locate: without NAPTR, SRV records; priorities are an order") {
    auto dns = zone();
    dns.add_srv("_sip._udp.example.org", 20, 1, 5062, "sip2.example");
    dns.add_srv("_sip._udp.example.org", 10, 1, 5061, "sip1.example");
    CHECK(targets(await(locate(dns, hop("example.org"), {}))) ==
          list{"udp 192.0.2.1:5061", "udp 192.0.2.2:5062"});
}

TEST_CASE("locate: without SRV the domain itself, by UDP (a large message too: TCP is tried before it)") {
    auto dns = zone();
    CHECK(targets(await(locate(dns, hop("sip1.example"), {}))) == list{"udp 192.0.2.1:5060"});
    locate_options large;
    large.prefer_stream = true;
    CHECK(targets(await(locate(dns, hop("sip1.example"), large))) == list{"udp 192.0.2.1:5060"});
    CHECK(targets(await(locate(dns, hop("sip1.example", {}, transport::tls), {}))) ==
          list{"tls 192.0.2.1:5061"});
}

TEST_CASE("locate: without a UDP socket of our own, TCP (literals, ports, addresses)") {
    auto dns = zone();
    locate_options no_udp;
    no_udp.udp = false;
    CHECK(targets(await(locate(dns, hop("127.0.0.1", 5060), no_udp))) == list{"tcp 127.0.0.1:5060"});
    CHECK(targets(await(locate(dns, hop("192.0.2.9"), no_udp))) == list{"tcp 192.0.2.9:5060"});
    CHECK(targets(await(locate(dns, hop("sip1.example", 5080), no_udp))) == list{"tcp 192.0.2.1:5080"});
    CHECK(targets(await(locate(dns, hop("sip1.example"), no_udp))) == list{"tcp 192.0.2.1:5060"});
    dns.add_srv("_sip._udp.example.org", 1, 1, 5060, "sip1.example");
    dns.add_srv("_sip._tcp.example.org", 1, 1, 5060, "sip2.example");
    CHECK(targets(await(locate(dns, hop("example.org"), no_udp))) == list{"tcp 192.0.2.2:5060"});
}

TEST_CASE("locate: DNS that is silent about NAPTR only does not stop the rest") {
    auto dns = zone();
    dns.take_down("example.org");
    dns.add_srv("_sip._udp.example.org", 1, 1, 5060, "sip1.example");
    CHECK(targets(await(locate(dns, hop("example.org"), {}))) == list{"udp 192.0.2.1:5060"});
}

TEST_CASE("locate: silent DNS is waited for once per step, not once per question") {
    class slow_dns final : public fake_dns {
      public:
        std::size_t most_at_once = 0;
        awaitable<dns::answer<dns::srv_record>> srv(std::string name) override {
            co_await linger();
            co_return co_await fake_dns::srv(std::move(name));
        }
        awaitable<dns::answer<dns::naptr_record>> naptr(std::string name) override {
            co_await linger();
            co_return co_await fake_dns::naptr(std::move(name));
        }

      private:
        awaitable<void> linger() {
            most_at_once = std::max(most_at_once, ++asking_);
            co_await yield();
            --asking_;
        }
        std::size_t asking_ = 0;
    } dns;
    dns.take_down("*");
    CHECK(await(locate(dns, hop("example.org"), {})).status == 503);
    CHECK(dns.most_at_once == 4);
    dns.most_at_once = 0;
    CHECK_FALSE(await(hosts_of(dns, "example.org")).complete);
    CHECK(dns.most_at_once == 4);
}

TEST_CASE("locate: a large message prefers the streams a domain offers") {
    auto dns = zone();
    dns.add_naptr("example.org", 10, 10, "s", "SIP+D2U", "_sip._udp.example.org");
    dns.add_naptr("example.org", 20, 10, "s", "SIP+D2T", "_sip._tcp.example.org");
    dns.add_srv("_sip._udp.example.org", 1, 1, 5060, "sip1.example");
    dns.add_srv("_sip._tcp.example.org", 1, 1, 5060, "sip1.example");
    locate_options large;
    large.prefer_stream = true;
    CHECK(targets(await(locate(dns, hop("example.org"), large))) ==
          list{"tcp 192.0.2.1:5060", "udp 192.0.2.1:5060"});
}

TEST_CASE("locate: no such domain is 404, DNS that does not answer is 503") {
    fake_dns dns;
    auto none = await(locate(dns, hop("nowhere.example"), {}));
    CHECK(none.status == 404);
    CHECK(none.reason == "no such domain: nowhere.example");
    dns.take_down("*");
    CHECK(await(locate(dns, hop("example.org"), {})).status == 503);
}

TEST_CASE("locate: SRV that could not be asked is never replaced by the address records") {
    auto dns = zone();
    dns.take_down("_sip._udp.sip1.example");
    const auto found = await(locate(dns, hop("sip1.example"), {}));
    CHECK(found.targets.empty());
    CHECK(found.status == 503);
}

TEST_CASE("locate: '.' means decidedly no service (RFC 2782)") {
    auto dns = zone();
    dns.add_srv("_sip._udp.sip1.example", 0, 0, 0, ".");
    const auto found = await(locate(dns, hop("sip1.example"), {}));
    CHECK(found.targets.empty());
    CHECK(found.status == 404);
    CHECK(found.reason.find("no SIP service") != std::string::npos);
}

TEST_CASE("locate: a stranger's records never lead to loopback, link-local, multicast or broadcast") {
    auto dns = zone();
    for (const char* ip : {"127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1", "255.255.255.255", "::1",
                           "fe80::1", "ff02::1", "::ffff:127.0.0.1", "192.0.2.7"})
        dns.add_address("mixed.example", ip);
    dns.add_srv("_sip._udp.example.org", 1, 1, 5060, "mixed.example");
    CHECK(targets(await(locate(dns, hop("example.org"), {}))) == list{"udp 192.0.2.7:5060"});
    CHECK(targets(await(locate(dns, hop("mixed.example", 25), {}))) == list{"udp 192.0.2.7:25"});
}

TEST_CASE("locate: a domain that leads to special addresses only has no SIP service") {
    fake_dns dns;
    dns.add_address("rebound.example", "127.0.0.1");
    const auto none = await(locate(dns, hop("rebound.example"), {}));
    CHECK(none.targets.empty());
    CHECK(none.status == 404);
    CHECK(none.reason == "the SIP records of rebound.example lead to no usable address");
    dns.add_srv("_sip._tcp.rebound.example", 1, 1, 5269, "rebound.example");
    CHECK(await(locate(dns, hop("rebound.example"), {})).targets.empty());
    auto named = hop("rebound.example");
    named.configured = true;
    CHECK(targets(await(locate(dns, named, {}))) == list{"tcp 127.0.0.1:5269"});
}

TEST_CASE("locate: a zone with hundreds of records gives a bounded list") {
    auto dns = zone();
    for (int i = 0; i < 500; ++i)
        dns.add_srv("_sip._udp.example.org", static_cast<std::uint16_t>(i), 1,
                    static_cast<std::uint16_t>(5000 + i), "sip1.example");
    CHECK(await(locate(dns, hop("example.org"), {})).targets.size() == 16);
}

TEST_CASE("locate: the hosts of a domain are all its records name for any transport") {
    auto dns = zone();
    dns.add_address("example.org", "192.0.2.80");
    dns.add_naptr("example.org", 10, 10, "s", "SIPS+D2T", "tls.example.org");
    dns.add_srv("tls.example.org", 1, 1, 5061, "sip1.example");
    dns.add_srv("_sip._tcp.example.org", 1, 1, 5061, "six.example");
    const auto hosts = await(hosts_of(dns, "example.org"));
    const auto has = [&](const char* ip) { return hosts.addresses.count(asio::ip::make_address(ip)) == 1; };
    CHECK(hosts.addresses.size() == 4);
    CHECK((has("192.0.2.80") && has("192.0.2.1") && has("192.0.2.6") && has("2001:db8::1")));
    CHECK(hosts.complete);
    CHECK(hosts.exists);
    CHECK_FALSE(hosts.tls_only);
    CHECK_FALSE(await(hosts_of(dns, "nowhere.example")).exists);
    dns.take_down("_sip._udp.example.org");
    CHECK_FALSE(await(hosts_of(dns, "example.org")).complete);
}
