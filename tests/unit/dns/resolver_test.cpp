// SPDX-License-Identifier: Apache-2.0
#include "dns/resolver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "dns/caching_resolver.hpp"
#include "fake_dns.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"
#include "runtime/timer.hpp"

using namespace stox;
using namespace stox::dns;
using namespace stox::test;

namespace {

constexpr unsigned type_a = 1, type_cname = 5, type_srv = 33;

// Runs one coroutine to its end; what it starts in the loop besides (the fake server) is then dropped.
template <class F>
void run(asio::io_context& io, F body) {
    std::exception_ptr failure;
    bool ended = false;
    asio::co_spawn(io, std::move(body), [&](std::exception_ptr e) {
        failure = e;
        ended = true;
        io.stop();
    });
    io.run();
    io.restart();
    if (failure) std::rethrow_exception(failure);
    REQUIRE(ended);
}

std::vector<std::string> srv_reply(const dns_query& q, unsigned ttl) {
    auto p = fake_dns::begin(q, answer_flags, 1);
    p.record(q.name, type_srv, ttl, srv_data(1, 2, 5060, "sip.example"));
    return fake_dns::only(p);
}
std::vector<std::string> failure_reply(const dns_query& q) {
    return fake_dns::only(fake_dns::begin(q, server_failure_flags, 0));
}

struct fixture {
    asio::io_context io;
    fake_dns server{io};
    std::unique_ptr<resolver> dns = make_resolver(io.get_executor(), server.servers());
};

}  // namespace

TEST_CASE("resolver: SRV, then the same answer from the cache") {
    fixture f;
    f.server.answer = [](const dns_query& q) { return srv_reply(q, 60); };
    answer<srv_record> first, second;
    run(f.io, [&]() -> awaitable<void> {
        first = co_await f.dns->srv("_sip._udp.Example.COM.");
        second = co_await f.dns->srv("_sip._udp.example.com");
    });
    CHECK(first.state == status::found);
    REQUIRE(second.records.size() == 1);
    CHECK(second.records[0].port == 5060);
    CHECK(second.records[0].target == "sip.example");
    CHECK_FALSE(second.stale);
    CHECK(f.server.queries == 1);
}

TEST_CASE("resolver: flush asks again, and still has what was known when nobody answers") {
    fixture f;
    bool broken = false;
    f.server.answer = [&](const dns_query& q) { return broken ? failure_reply(q) : srv_reply(q, 60); };
    answer<srv_record> again, stale;
    run(f.io, [&]() -> awaitable<void> {
        co_await f.dns->srv("a.example");
        f.dns->flush();
        again = co_await f.dns->srv("a.example");
        broken = true;
        f.dns->flush();
        stale = co_await f.dns->srv("a.example");
    });
    CHECK_FALSE(again.stale);
    CHECK(stale.state == status::found);
    CHECK(stale.stale);
}

TEST_CASE("resolver: silent servers hold nobody up twice, and the first answer ends it") {
    fixture f;
    bool silent = false;
    f.server.answer = [&](const dns_query& q) {
        if (silent) return std::vector<std::string>{};
        if (q.name != "none.example") return srv_reply(q, 60);
        auto p = fake_dns::begin(q, no_name_flags, 0, 1);
        p.soa("example", 60, 60);
        return fake_dns::only(p);
    };
    std::vector<answer<srv_record>> stale;
    answer<srv_record> none, unknown, back;
    bool at_once = false;
    run(f.io, [&]() -> awaitable<void> {
        for (const std::string name : {"a.example", "b.example", "c.example", "none.example"})
            co_await f.dns->srv(name);
        silent = true;
        f.dns->flush();
        co_await f.dns->srv("a.example");  // this one notices
        auto others = [&]() -> awaitable<void> {
            for (const std::string name : {"b.example", "c.example"}) {
                auto r = co_await f.dns->srv(name);
                stale.push_back(std::move(r));
            }
            none = co_await f.dns->srv("none.example");
            unknown = co_await f.dns->srv("unknown.example");
        };
        // Generous for a loaded machine, and far below what three questions in vain take.
        at_once = co_await with_deadline(steady_clock::now() + milliseconds(1700), others());
        silent = false;
        back = co_await f.dns->srv("fresh.example");
    });
    CHECK(at_once);
    REQUIRE(stale.size() == 2);
    CHECK(stale[0].state == status::found);
    CHECK(stale[1].stale);
    CHECK(none.state == status::no_name);  // negative answers are kept as well
    CHECK(none.stale);
    CHECK(unknown.state == status::unavailable);
    CHECK(back.state == status::found);
}

TEST_CASE("resolver: refusals are words: a server that says SERVFAIL is not silent") {
    fixture f;
    f.server.answer = [&](const dns_query& q) {
        return q.name == "bad.example" ? failure_reply(q) : srv_reply(q, 60);
    };
    answer<srv_record> bad, good;
    run(f.io, [&]() -> awaitable<void> {
        bad = co_await f.dns->srv("bad.example");
        good = co_await f.dns->srv("good.example");
    });
    CHECK(bad.state == status::unavailable);
    CHECK(good.state == status::found);
}

TEST_CASE("resolver: NXDOMAIN and no data are told apart and cached") {
    fixture f;
    f.server.answer = [](const dns_query& q) {
        auto p = fake_dns::begin(q, q.name == "gone.example" ? no_name_flags : answer_flags, 0, 1);
        p.soa("example", 60, 60);
        return fake_dns::only(p);
    };
    answer<srv_record> gone, empty, again;
    run(f.io, [&]() -> awaitable<void> {
        gone = co_await f.dns->srv("gone.example");
        empty = co_await f.dns->srv("empty.example");
        again = co_await f.dns->srv("gone.example");
    });
    CHECK(gone.state == status::no_name);
    CHECK(again.state == status::no_name);
    CHECK(empty.state == status::no_data);
    CHECK(f.server.queries == 2);
}

TEST_CASE("resolver: SERVFAIL without a cached answer is unavailable; with one it is served stale") {
    fixture f;
    bool broken = true;
    f.server.answer = [&](const dns_query& q) { return broken ? failure_reply(q) : srv_reply(q, 0); };
    answer<srv_record> unknown, known, stale;
    run(f.io, [&]() -> awaitable<void> {
        unknown = co_await f.dns->srv("other.example");
        broken = false;
        known = co_await f.dns->srv("a.example");
        broken = true;
        co_await sleep_for(milliseconds(1050));  // the least TTL is one second
        stale = co_await f.dns->srv("a.example");
    });
    CHECK(unknown.state == status::unavailable);
    CHECK(known.state == status::found);
    CHECK_FALSE(known.stale);
    CHECK(stale.state == status::found);
    CHECK(stale.stale);
    CHECK(stale.records.size() == 1);
}

TEST_CASE("resolver: a silent server; cancelling one caller leaves the other and the query alone") {
    fixture f;
    bool silent = true;
    f.server.answer = [&](const dns_query& q) {
        return silent ? std::vector<std::string>{} : srv_reply(q, 60);
    };
    std::optional<answer<srv_record>> gave_up, waited;
    run(f.io, [&]() -> awaitable<void> {
        co_await with_task_group([&](task_group& group) -> awaitable<void> {
            group.spawn([&]() -> awaitable<void> {
                auto query = f.dns->srv("slow.example");
                gave_up = co_await with_deadline(steady_clock::now() + milliseconds(50), std::move(query));
                silent = false;
            });
            group.spawn([&]() -> awaitable<void> { waited = co_await f.dns->srv("slow.example"); });
            co_return;
        });
    });
    CHECK_FALSE(gave_up);
    REQUIRE(waited);
    CHECK(waited->state == status::found);
    CHECK(f.server.queries == 2);  // the retransmission of one shared query
}

TEST_CASE("resolver: 200 callers in parallel, two questions each of them shares with another") {
    fixture f;
    f.server.answer = [](const dns_query& q) { return srv_reply(q, 60); };
    int good = 0;
    run(f.io, [&]() -> awaitable<void> {
        co_await with_task_group([&](task_group& group) -> awaitable<void> {
            for (int i = 0; i < 200; ++i)
                group.spawn([&, i]() -> awaitable<void> {
                    std::string name = "_s" + std::to_string(i / 2) + ".example";
                    const auto r = co_await f.dns->srv(std::move(name));
                    if (r.state == status::found) ++good;
                });
            co_return;
        });
    });
    CHECK(good == 200);
    CHECK(f.server.queries == 100);
}

TEST_CASE("resolver: more questions than may be in flight all get their answer") {
    fixture f;
    f.server.answer = [](const dns_query& q) { return srv_reply(q, 60); };
    int good = 0;
    run(f.io, [&]() -> awaitable<void> {
        co_await with_task_group([&](task_group& group) -> awaitable<void> {
            for (int i = 0; i < 600; ++i)
                group.spawn([&, i]() -> awaitable<void> {
                    std::string name = "n" + std::to_string(i) + ".example";
                    const auto r = co_await f.dns->srv(std::move(name));
                    if (r.state == status::found) ++good;
                });
            co_return;
        });
    });
    CHECK(good == 600);
}

TEST_CASE("resolver: answers with a wrong id, a wrong question and no bytes at all are ignored") {
    fixture f;
    f.server.answer = [](const dns_query& q) {
        auto wrong_id = q;
        wrong_id.id ^= 1U;
        auto bad = fake_dns::begin(wrong_id, answer_flags, 1);
        bad.record(q.name, type_srv, 60, srv_data(1, 1, 6666, "evil.example"));
        packet other;
        other.header(q.id, answer_flags, 1).question("other.example", type_srv);
        other.record("other.example", type_srv, 60, srv_data(1, 1, 6666, "evil.example"));
        auto out = std::vector<std::string>{bad.bytes(), other.bytes(), ""};
        out.push_back(srv_reply(q, 60).front());
        return out;
    };
    answer<srv_record> r;
    run(f.io, [&]() -> awaitable<void> { r = co_await f.dns->srv("a.example"); });
    REQUIRE(r.records.size() == 1);
    CHECK(r.records[0].target == "sip.example");
}

TEST_CASE("resolver: a truncated answer is asked for again over TCP; truncation there is a failure") {
    fixture f;
    bool for_ever = false;
    f.server.answer = [&](const dns_query& q) {
        constexpr unsigned truncated = 0x0200;
        if (!q.tcp || for_ever) return fake_dns::only(fake_dns::begin(q, answer_flags | truncated, 0));
        auto p = fake_dns::begin(q, answer_flags, 500);
        for (unsigned i = 0; i < 500; ++i) p.record(q.name, type_srv, 60, srv_data(i, 1, 5060, "t.example"));
        return fake_dns::only(p);
    };
    answer<srv_record> big, never;
    run(f.io, [&]() -> awaitable<void> {
        big = co_await f.dns->srv("big.example");
        for_ever = true;
        never = co_await f.dns->srv("never.example");
    });
    CHECK(big.state == status::found);
    CHECK(big.records.size() == 64);
    CHECK(never.state == status::unavailable);
}

TEST_CASE("resolver: CNAMEs are followed from message to message, eight at most") {
    fixture f;
    f.server.answer = [](const dns_query& q) {
        auto p = fake_dns::begin(q, answer_flags, 1);
        const int n = q.name[0] - '0';
        if (q.name == "3.example")
            p.record(q.name, type_a, 60, a_data(1));
        else
            p.record(q.name, type_cname, 60, name_data(std::to_string((n + 1) % 10) + q.name.substr(1)));
        return fake_dns::only(p);
    };
    answer<net::ip_address> good, endless;
    run(f.io, [&]() -> awaitable<void> {
        good = co_await f.dns->a("0.example");
        endless = co_await f.dns->a("0.loop.example");
    });
    CHECK(good.state == status::found);
    CHECK(good.records.size() == 1);
    CHECK(endless.state == status::unavailable);
}

TEST_CASE("resolver: the AD bit counts from a server on loopback") {
    fixture f;
    f.server.answer = [](const dns_query& q) {
        auto p = fake_dns::begin(q, authentic_flags, 1);
        p.record(q.name, type_srv, 60, srv_data(1, 2, 5060, "sip.example"));
        return fake_dns::only(p);
    };
    answer<srv_record> r;
    run(f.io, [&]() -> awaitable<void> { r = co_await f.dns->srv("signed.example"); });
    CHECK(r.authentic);
}

TEST_CASE("resolver: literals, localhost and impossible names never reach the network") {
    fixture f;
    f.server.answer = [](const dns_query& q) { return failure_reply(q); };
    answer<net::ip_address> v4, v6, local, bad;
    run(f.io, [&]() -> awaitable<void> {
        v4 = co_await f.dns->addresses("192.0.2.7");
        v6 = co_await f.dns->addresses("[2001:db8::1]");
        local = co_await f.dns->a("localhost");
        bad = co_await f.dns->addresses("not a name");
    });
    REQUIRE(v4.records.size() == 1);
    CHECK(v4.records[0].to_string() == "192.0.2.7");
    CHECK(v6.state == status::found);
    CHECK(local.records.size() == 1);
    CHECK(bad.state == status::no_name);
    CHECK(f.server.queries == 0);
}

TEST_CASE("resolver: A is enough when the AAAA query fails") {
    fixture f;
    f.server.answer = [](const dns_query& q) {
        if (q.type != type_a) return failure_reply(q);
        auto p = fake_dns::begin(q, answer_flags, 1);
        p.record(q.name, type_a, 60, a_data(3));
        return fake_dns::only(p);
    };
    answer<net::ip_address> r;
    run(f.io, [&]() -> awaitable<void> { r = co_await f.dns->addresses("host.example"); });
    CHECK(r.state == status::found);
    CHECK(r.records.size() == 1);
}

TEST_CASE("resolver: families interleave from IPv6 where the host has it, else IPv4 first") {
    answer<net::ip_address> v6, v4;
    v6.state = v4.state = status::found;
    v6.records = {*net::parse_ip("2001:db8::1"), *net::parse_ip("2001:db8::2")};
    v4.records = {*net::parse_ip("192.0.2.1")};
    const auto text = [](const answer<net::ip_address>& a) {
        std::string out;
        for (const auto& ip : a.records) out += ip.to_string() + ' ';
        return out;
    };
    CHECK(text(merge_families(v6, v4, true)) == "2001:db8::1 192.0.2.1 2001:db8::2 ");
    CHECK(text(merge_families(v6, v4, false)) == "192.0.2.1 2001:db8::1 2001:db8::2 ");
    answer<net::ip_address> nothing, down;
    nothing.state = status::no_name;
    CHECK(merge_families(nothing, nothing, true).state == status::no_name);
    CHECK(merge_families(nothing, down, true).state == status::unavailable);
}

TEST_CASE("resolver: resolv.conf is read again when it changes") {
    asio::io_context io;
    fake_dns first(io), second(io);
    first.answer = [](const dns_query& q) { return srv_reply(q, 60); };
    second.answer = first.answer;
    const auto path = std::filesystem::temp_directory_path() / ("stox-resolv-" + std::to_string(getpid()));
    const auto write = [&](const std::string& server) {
        std::ofstream(path) << "# servers\nnameserver " << server << "\n";
    };
    write(first.servers());
    const auto dns = make_resolver(io.get_executor(), "", path.string());
    run(io, [&]() -> awaitable<void> {
        co_await dns->srv("a.example");
        write(second.servers() + "\n# changed");
        dns->flush();  // a look at the file follows at once, not within the second
        co_await dns->srv("b.example");
    });
    std::filesystem::remove(path);
    CHECK(first.queries == 1);
    CHECK(second.queries == 1);
}

TEST_CASE("resolver: it can end while queries are under way") {
    fixture f;
    f.server.answer = [](const dns_query&) { return std::vector<std::string>{}; };
    run(f.io, [&]() -> awaitable<void> {
        auto query = f.dns->srv("slow.example");
        co_await with_deadline(steady_clock::now() + milliseconds(20), std::move(query));
        f.dns.reset();
        co_await sleep_for(milliseconds(20));
    });
    CHECK(f.server.queries == 1);
}
