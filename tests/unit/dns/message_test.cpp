// SPDX-License-Identifier: Apache-2.0
#include "dns/message.hpp"

#include <catch2/catch.hpp>

#include "packet.hpp"

using namespace stox;
using namespace stox::dns;
using namespace stox::test;

namespace {

constexpr unsigned type_a = 1, type_cname = 5, type_ptr = 12, type_aaaa = 28, type_srv = 33, type_naptr = 35,
                   type_tlsa = 52;

const question sip_srv{"_sip._udp.example.com", rr_type::srv};
const question host_a{"host.example.com", rr_type::a};

packet srv_answer(unsigned answers, unsigned flags = answer_flags) {
    packet p;
    p.header(7, flags, answers).question("_sip._udp.example.com", type_srv);
    return p;
}
packet a_answer(unsigned answers, unsigned authorities = 0, unsigned flags = answer_flags) {
    packet p;
    p.header(7, flags, answers, authorities).question("host.example.com", type_a);
    return p;
}

}  // namespace

TEST_CASE("dns message: SRV records with TTL and AD bit") {
    auto p = srv_answer(2, authentic_flags);
    p.record("_sip._udp.example.com", type_srv, 300, srv_data(10, 20, 5060, "A.Example.Com"));
    p.record("_SIP._udp.example.COM", type_srv, 60, srv_data(20, 0, 5061, "b.example.com"));
    const auto r = parse_reply(p.bytes(), sip_srv);
    REQUIRE(r.has_value());
    CHECK(r->state == status::found);
    CHECK(r->authentic);
    CHECK(r->ttl == seconds(60));
    REQUIRE(r->records.size() == 2);
    const auto& first = std::get<srv_record>(r->records[0]);
    CHECK(first.priority == 10);
    CHECK(first.weight == 20);
    CHECK(first.port == 5060);
    CHECK(first.target == "a.example.com");
}

TEST_CASE("dns message: SRV target '.' says the service is decidedly absent (RFC 2782)") {
    auto p = srv_answer(1);
    p.record("_sip._udp.example.com", type_srv, 300, srv_data(0, 0, 0, "."));
    const auto r = parse_reply(p.bytes(), sip_srv);
    REQUIRE(r.has_value());
    REQUIRE(r->records.size() == 1);
    CHECK(std::get<srv_record>(r->records[0]).target == ".");
}

TEST_CASE("dns message: A and AAAA, records of other owners and classes left out") {
    auto p = a_answer(3);
    p.record("host.example.com", type_a, 10, a_data(1));
    p.record("other.example.com", type_a, 10, a_data(2));
    p.name("host.example.com").u16(type_a).u16(3).u32(9).u16(4).raw("abcd");  // class CHAOS
    const auto r = parse_reply(p.bytes(), host_a);
    REQUIRE(r.has_value());
    REQUIRE(r->records.size() == 1);
    CHECK(std::get<net::ip_address>(r->records[0]).to_string() == "192.0.2.1");

    packet six, data;
    data.raw(std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16));
    six.header(7, answer_flags, 1).question("host.example.com", type_aaaa);
    six.record("host.example.com", type_aaaa, 10, data);
    const auto r6 = parse_reply(six.bytes(), {"host.example.com", rr_type::aaaa});
    REQUIRE(r6.has_value());
    CHECK(std::get<net::ip_address>(r6->records.at(0)).to_string() == "2001:db8::1");
}

TEST_CASE("dns message: NAPTR, TLSA and PTR") {
    packet p, data;
    data.u16(10).u16(20).text("s").text("SIP+D2U").text("").name("_sip._udp.example.com");
    p.header(1, answer_flags, 1)
        .question("example.com", type_naptr)
        .record("example.com", type_naptr, 5, data);
    const auto naptr = parse_reply(p.bytes(), {"example.com", rr_type::naptr});
    REQUIRE(naptr.has_value());
    const auto& n = std::get<naptr_record>(naptr->records.at(0));
    CHECK(n.order == 10);
    CHECK(n.preference == 20);
    CHECK(n.flags == "s");
    CHECK(n.service == "SIP+D2U");
    CHECK(n.regexp.empty());
    CHECK(n.replacement == "_sip._udp.example.com");

    packet t, tdata;
    tdata.u8(3).u8(1).u8(1).raw(std::string(32, 'x'));
    t.header(1, answer_flags, 1).question("_5269._tcp.x.example", type_tlsa);
    t.record("_5269._tcp.x.example", type_tlsa, 5, tdata);
    const auto tlsa = parse_reply(t.bytes(), {"_5269._tcp.x.example", rr_type::tlsa});
    REQUIRE(tlsa.has_value());
    const auto& record = std::get<tlsa_record>(tlsa->records.at(0));
    CHECK(record.usage == 3);
    CHECK(record.data == std::string(32, 'x'));

    packet r;
    r.header(1, answer_flags, 1).question("1.2.0.192.in-addr.arpa", type_ptr);
    r.record("1.2.0.192.in-addr.arpa", type_ptr, 5, name_data("Gw.Example.com"));
    const auto ptr = parse_reply(r.bytes(), {"1.2.0.192.in-addr.arpa", rr_type::ptr});
    REQUIRE(ptr.has_value());
    CHECK(std::get<std::string>(ptr->records.at(0)) == "gw.example.com");
}

TEST_CASE("dns message: a CNAME chain inside the message is followed in any order") {
    auto p = a_answer(3);
    p.record("c.example.net", type_a, 50, a_data(9));
    p.record("b.example.net", type_cname, 20, name_data("c.example.net"));
    p.record("host.example.com", type_cname, 70, name_data("b.example.net"));
    const auto r = parse_reply(p.bytes(), host_a);
    REQUIRE(r.has_value());
    CHECK(r->state == status::found);
    CHECK(r->ttl == seconds(20));
    CHECK(r->alias.empty());
}

TEST_CASE("dns message: a CNAME chain that leaves the message names where to ask") {
    auto p = a_answer(1);
    p.record("host.example.com", type_cname, 70, name_data("b.example.net"));
    const auto r = parse_reply(p.bytes(), host_a);
    REQUIRE(r.has_value());
    CHECK(r->alias == "b.example.net");
    CHECK(r->ttl == seconds(70));
}

TEST_CASE("dns message: a CNAME chain of 50 and a CNAME loop are errors") {
    auto p = a_answer(51);
    p.record("host.example.com", type_cname, 70, name_data("n0.example.net"));
    for (int i = 0; i < 50; ++i)
        p.record("n" + std::to_string(i) + ".example.net", type_cname, 70,
                 name_data("n" + std::to_string(i + 1) + ".example.net"));
    CHECK_FALSE(parse_reply(p.bytes(), host_a).has_value());

    auto loop = a_answer(2);
    loop.record("host.example.com", type_cname, 70, name_data("b.example.net"));
    loop.record("b.example.net", type_cname, 70, name_data("host.example.com"));
    CHECK_FALSE(parse_reply(loop.bytes(), host_a).has_value());
}

TEST_CASE("dns message: negative answers take the lesser of SOA TTL and minimum (RFC 2308 section 5)") {
    auto p = a_answer(0, 1);
    p.soa("example.com", 900, 120);
    const auto no_data = parse_reply(p.bytes(), host_a);
    REQUIRE(no_data.has_value());
    CHECK(no_data->state == status::no_data);
    CHECK(no_data->ttl == seconds(120));

    auto n = a_answer(0, 1, no_name_flags);
    n.soa("example.com", 30, 120);
    const auto no_name = parse_reply(n.bytes(), host_a);
    REQUIRE(no_name.has_value());
    CHECK(no_name->state == status::no_name);
    CHECK(no_name->ttl == seconds(30));

    const auto bare = parse_reply(a_answer(0, 0, no_name_flags).bytes(), host_a);
    REQUIRE(bare.has_value());
    CHECK(bare->ttl == seconds(0));
}

TEST_CASE("dns message: NXDOMAIN behind a CNAME is about the end of the chain") {
    auto p = a_answer(1, 1, no_name_flags);
    p.record("host.example.com", type_cname, 70, name_data("gone.example.net"));
    p.soa("example.net", 30, 120);
    const auto r = parse_reply(p.bytes(), host_a);
    REQUIRE(r.has_value());
    CHECK(r->state == status::no_name);
    CHECK(r->alias.empty());
}

TEST_CASE("dns message: compression pointers") {
    auto p = srv_answer(1);
    packet data;
    data.u16(1).u16(2).u16(3).text("host").pointer(12 + 10);  // "example.com" inside the question
    p.pointer(12)
        .u16(type_srv)
        .u16(1)
        .u32(9)
        .u16(static_cast<unsigned>(data.bytes().size()))
        .raw(data.bytes());
    const auto r = parse_reply(p.bytes(), sip_srv);
    REQUIRE(r.has_value());
    CHECK(std::get<srv_record>(r->records.at(0)).target == "host.example.com");
}

TEST_CASE("dns message: compression loops and forward pointers are errors") {
    const auto target = GENERATE(0U, 1U, 40U, 0x3FFFU);
    auto p = a_answer(1);
    const auto here = static_cast<unsigned>(p.bytes().size());
    p.pointer(target < 2 ? here + target : target + here).u16(type_a).u16(1).u32(9).u16(4).raw("abcd");
    CHECK_FALSE(parse_reply(p.bytes(), host_a).has_value());

    auto pair = a_answer(1);  // a label, then a pointer back to that label: grows for ever if followed
    const auto at = static_cast<unsigned>(pair.bytes().size());
    pair.text("x").pointer(at).u16(type_a).u16(1).u32(9).u16(4).raw("abcd");
    CHECK_FALSE(parse_reply(pair.bytes(), host_a).has_value());
}

TEST_CASE("dns message: every prefix of a good answer is refused, none crashes") {
    auto p = srv_answer(2, authentic_flags);
    p.record("_sip._udp.example.com", type_srv, 300, srv_data(10, 20, 5060, "a.example.com"));
    p.record("_sip._udp.example.com", type_srv, 60, srv_data(20, 0, 5061, "b.example.com"));
    for (std::size_t n = 0; n < p.bytes().size(); ++n) {
        INFO(n);
        CHECK_FALSE(parse_reply(std::string_view(p.bytes()).substr(0, n), sip_srv).has_value());
    }
    CHECK(parse_reply(p.bytes(), sip_srv).has_value());
}

TEST_CASE("dns message: what is not an answer to the question is refused") {
    CHECK_FALSE(parse_reply("", host_a).has_value());
    CHECK_FALSE(parse_reply(a_answer(0, 0, 0x0180).bytes(), host_a).has_value());  // a query
    CHECK_FALSE(parse_reply(a_answer(0, 0, 0x8380).bytes(), host_a).has_value());  // TC
    CHECK_FALSE(parse_reply(a_answer(0, 0, server_failure_flags).bytes(), host_a).has_value());
    CHECK_FALSE(parse_reply(a_answer(0, 0, 0x8185).bytes(), host_a).has_value());  // REFUSED
    CHECK_FALSE(parse_reply(a_answer(0, 0, 0x8980).bytes(), host_a).has_value());  // opcode 1
    CHECK_FALSE(parse_reply(a_answer(0).bytes(), sip_srv).has_value());
    CHECK_FALSE(parse_reply(a_answer(0).bytes(), {"host.example.com", rr_type::aaaa}).has_value());
}

TEST_CASE("dns message: address records of the wrong size and data with a rest are errors") {
    auto p = a_answer(1);
    packet three;
    three.raw("abc");
    p.record("host.example.com", type_a, 5, three);
    CHECK_FALSE(parse_reply(p.bytes(), host_a).has_value());

    auto s = srv_answer(1);
    auto data = srv_data(1, 2, 3, "a.example");
    data.raw("rest");
    s.record("_sip._udp.example.com", type_srv, 5, data);
    CHECK_FALSE(parse_reply(s.bytes(), sip_srv).has_value());
}

TEST_CASE("dns message: targets that no host can have are left out") {
    auto p = srv_answer(2);
    packet evil;
    evil.u16(0).u16(0).u16(5060).text("a.b\r\nVia").u8(0);
    p.record("_sip._udp.example.com", type_srv, 5, evil);
    p.record("_sip._udp.example.com", type_srv, 5, srv_data(1, 1, 5060, "ok.example"));
    const auto r = parse_reply(p.bytes(), sip_srv);
    REQUIRE(r.has_value());
    REQUIRE(r->records.size() == 1);
    CHECK(std::get<srv_record>(r->records[0]).target == "ok.example");

    auto only = srv_answer(1);
    only.record("_sip._udp.example.com", type_srv, 5, evil);
    CHECK_FALSE(parse_reply(only.bytes(), sip_srv).has_value());
}

TEST_CASE("dns message: of 500 SRV records 64 are kept") {
    auto p = srv_answer(500);
    for (unsigned i = 0; i < 500; ++i)
        p.pointer(12).u16(type_srv).u16(1).u32(9).u16(8).u16(i).u16(1).u16(5060).pointer(12 + 10);
    const auto r = parse_reply(p.bytes(), sip_srv);
    REQUIRE(r.has_value());
    CHECK(r->records.size() == 64);
}

TEST_CASE("dns message: TTL with the top bit set counts as 0 (RFC 2181 section 8)") {
    auto p = a_answer(1);
    p.record("host.example.com", type_a, 0x80000001U, a_data(1));
    const auto r = parse_reply(p.bytes(), host_a);
    REQUIRE(r.has_value());
    CHECK(r->ttl == seconds(0));
}

TEST_CASE("dns message: names that can be asked") {
    CHECK(normal_name("Example.COM.") == "example.com");
    CHECK(normal_name("_sip._udp.x") == "_sip._udp.x");
    CHECK(normal_name(std::string(63, 'a')).has_value());
    for (const auto* bad : {"", ".", "a..b", ".a", "a b", "a\\.b", "a/b", "ex\xc3\xa4.example"})
        CHECK_FALSE(normal_name(bad));
    CHECK_FALSE(normal_name(std::string(64, 'a')));
    std::string deep = "a";
    while (deep.size() <= 253) deep += ".a";
    CHECK_FALSE(normal_name(deep));
}

TEST_CASE("dns message: the query asks for recursion and AD") {
    packet expected;
    expected.u16(0x1234).u16(0x0120).u16(1).u16(0).u16(0).u16(0).question("_sip._udp.example.com", type_srv);
    CHECK(encode_query(sip_srv, 0x1234) == expected.bytes());
}

TEST_CASE("dns message: reverse names (RFC 1035 3.5, RFC 3596 2.5)") {
    CHECK(reverse_name(*net::parse_ip("192.0.2.1")) == "1.2.0.192.in-addr.arpa");
    CHECK(reverse_name(*net::parse_ip("2001:db8::567:89ab")) ==
          "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}
