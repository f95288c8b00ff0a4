// SPDX-License-Identifier: Apache-2.0
// The transaction table with time as an input: INVITE and CANCEL, which no handler uses yet, retransmissions,
// caps.
#include "sip/transaction/layer.hpp"

#include <catch2/catch.hpp>

#include "sip/transaction/key.hpp"

using namespace stox;
using namespace stox::sip;
using namespace stox::sip::transaction;

namespace {

struct recorder final : wire {
    std::vector<std::string> requests, responses;
    bool works = true;
    bool send_request(const flow&, std::string_view bytes) override {
        requests.emplace_back(bytes);
        return works;
    }
    bool send_response(const flow&, const net::socket_address&, std::string_view,
                       std::string_view bytes) override {
        responses.emplace_back(bytes);
        return works;
    }
};

struct caller final : client_user {
    std::vector<int> statuses;
    std::optional<failure> why;
    void responded(message response, const flow&) override { statuses.push_back(response.status()); }
    void failed(failure reason) override { why = reason; }
};

struct callee final : server_user {
    int acks = 0, cancels = 0, ends = 0;
    void acknowledged(message) override { ++acks; }
    void cancelled() override { ++cancels; }
    std::string trying() override { return "100"; }
    void ended() override { ++ends; }
};

const steady_time start = steady_time{} + std::chrono::hours(1);

message request(const std::string& method, const std::string& branch) {
    auto m = message::request(method, "sip:b@example.org");
    m.add("Via", "SIP/2.0/UDP a.example;branch=" + branch);
    m.add("From", "<sip:a@example.org>;tag=1");
    m.add("To", "<sip:b@example.org>");
    m.add("Call-ID", "c");
    m.add("CSeq", "1 " + method);
    return m;
}

std::string key_of(const message& m, std::string_view as = {}) {
    return server_key(m, via::parse(*m.header("Via")).value(), as);
}

layer::arrival arrival_of(const message& m) {
    layer::arrival a;
    a.key = key_of(m);
    a.merge_key = merge_key(m);
    a.invite = m.method() == "INVITE";
    return a;
}

/// Lets all timers run for `time`.
void pass(layer& l, steady_time& now, milliseconds time) {
    const auto until = now + time;
    while (l.next() && *l.next() <= until) {
        now = *l.next();
        l.on_time(now);
    }
    now = until;
}

}  // namespace

TEST_CASE("layer: a failed INVITE is acknowledged, each time the response comes") {
    recorder out;
    layer l(out, {}, 10);
    auto now = start;
    const auto user = std::make_shared<caller>();
    const auto id = l.start_client("z9hG4bK1", "INVITE", "INVITE", {}, user, now);
    l.set_ack(id, [](const message&) { return std::string("ACK"); });
    const auto invite = request("INVITE", "z9hG4bK1");
    for (const int status : {180, 486, 486})
        l.on_response(message::response(invite, status), "z9hG4bK1", {}, now);
    CHECK(user->statuses == std::vector<int>{180, 486});
    CHECK(out.requests == std::vector<std::string>{"INVITE", "ACK", "ACK"});
    pass(l, now, seconds(33));
    CHECK(l.size() == 0);
}

TEST_CASE("layer: every 2xx of an INVITE reaches the user (RFC 6026)") {
    recorder out;
    layer l(out, {}, 10);
    auto now = start;
    const auto user = std::make_shared<caller>();
    l.start_client("z9hG4bK1", "INVITE", "INVITE", {}, user, now);
    const auto invite = request("INVITE", "z9hG4bK1");
    for (const int status : {200, 200}) l.on_response(message::response(invite, status), "z9hG4bK1", {}, now);
    CHECK(user->statuses == std::vector<int>{200, 200});
    pass(l, now, seconds(33));
    CHECK(l.size() == 0);
}

TEST_CASE("layer: an INVITE gets 100, its CANCEL finds it, its refusal is repeated until the ACK") {
    recorder out;
    layer l(out, {}, 10);
    auto now = start;
    const auto user = std::make_shared<callee>();
    const auto invite = request("INVITE", "z9hG4bK1");
    const auto id = l.start_server(arrival_of(invite), user, now);
    pass(l, now, milliseconds(300));
    CHECK(out.responses == std::vector<std::string>{"100"});
    const auto cancel = request("CANCEL", "z9hG4bK1");
    CHECK_FALSE(l.on_cancel(key_of(cancel)));
    CHECK(l.on_cancel(key_of(cancel, "INVITE")));
    CHECK(user->cancels == 1);
    l.respond(id, 487, "487", now);
    pass(l, now, milliseconds(1600));
    CHECK(out.responses.size() == 4);  // at once, after 500 and 1500 ms
    CHECK(l.on_retransmission(key_of(invite), now));
    CHECK(out.responses.size() == 5);
    CHECK_FALSE(l.on_ack(key_of(request("ACK", "z9hG4bK1")), request("ACK", "z9hG4bK1"), now).has_value());
    pass(l, now, seconds(6));
    CHECK(out.responses.size() == 5);
    CHECK(user->acks == 0);
    CHECK(l.size() == 0);
}

TEST_CASE("layer: an ACK of a 2xx reaches the user; one of nothing comes back") {
    recorder out;
    layer l(out, {}, 10);
    const auto user = std::make_shared<callee>();
    const auto invite = request("INVITE", "z9hG4bK1");
    const auto id = l.start_server(arrival_of(invite), user, start);
    l.respond(id, 200, "200", start);
    const auto ack = request("ACK", "z9hG4bK1");
    CHECK_FALSE(l.on_ack(key_of(ack), ack.clone(), start).has_value());
    CHECK(user->acks == 1);
    CHECK(l.on_ack("none", ack.clone(), start).has_value());
}

TEST_CASE("layer: a full table takes nothing more") {
    recorder out;
    layer l(out, {}, 1);
    const auto user = std::make_shared<callee>();
    CHECK(l.start_server(arrival_of(request("MESSAGE", "z9hG4bK1")), user, start) != 0);
    CHECK(l.full());
    CHECK(l.start_server(arrival_of(request("MESSAGE", "z9hG4bK2")), user, start) == 0);
    CHECK(l.start_client("z9hG4bK3", "MESSAGE", "x", {}, std::make_shared<caller>(), start) == 0);
}

TEST_CASE("layer: a transport that refuses tells the user at once; a lost connection later") {
    recorder out;
    out.works = false;
    layer l(out, {}, 10);
    auto user = std::make_shared<caller>();
    l.start_client("z9hG4bK1", "MESSAGE", "x", {}, user, start);
    CHECK(user->why == client_user::failure::no_transport);
    CHECK(l.size() == 0);
    out.works = true;
    user = std::make_shared<caller>();
    flow f;
    f.kind = transport::tcp;
    f.connection = 7;
    l.start_client("z9hG4bK2", "MESSAGE", "x", f, user, start);
    l.on_connection_lost(8, start);
    CHECK_FALSE(user->why.has_value());
    l.on_connection_lost(7, start);
    CHECK(user->why == client_user::failure::no_transport);
    CHECK(l.size() == 0);
}

TEST_CASE("layer: ICMP fails what waits for that peer, if it quotes our branch (RFC 3261 section 18.4)") {
    recorder out;
    layer l(out, {}, 10);
    flow f;
    f.remote = {asio::ip::make_address("192.0.2.1"), 5060};
    flow elsewhere = f;
    elsewhere.remote.port = 5070;
    flow stream = f;
    stream.kind = transport::tcp;
    const auto first = std::make_shared<caller>(), second = std::make_shared<caller>();
    const auto heard = std::make_shared<caller>(), other = std::make_shared<caller>();
    const auto on_tcp = std::make_shared<caller>();
    const std::string text = request("MESSAGE", "z9hG4bK1").to_bytes();
    l.start_client("z9hG4bK1", "MESSAGE", text, f, first, start);
    l.start_client("z9hG4bK2", "INVITE", "x", f, second, start);
    l.start_client("z9hG4bK3", "MESSAGE", "x", f, heard, start);
    l.start_client("z9hG4bK4", "MESSAGE", "x", elsewhere, other, start);
    l.start_client("z9hG4bK5", "MESSAGE", "x", stream, on_tcp, start);
    const auto trying = message::response(request("MESSAGE", "z9hG4bK3"), 100);
    REQUIRE(l.on_response(trying.clone(), "z9hG4bK3", f, start));

    CHECK_FALSE(l.on_unreachable(f.remote, "", start));
    CHECK_FALSE(l.on_unreachable(f.remote, "MESSAGE sip:b@example.org;branch=z9hG4bK1;", start));
    CHECK_FALSE(l.on_unreachable(f.remote, text.substr(0, text.find("bK1") + 2), start));
    CHECK_FALSE(l.on_unreachable(f.remote, request("MESSAGE", "z9hG4bK9").to_bytes(), start));
    CHECK_FALSE(l.on_unreachable(f.remote, request("MESSAGE", "z9hG4bK3").to_bytes(), start));
    CHECK_FALSE(l.on_unreachable(f.remote, request("MESSAGE", "z9hG4bK5").to_bytes(), start));
    CHECK_FALSE(l.on_unreachable(elsewhere.remote, text, start));
    CHECK(l.size() == 5);

    CHECK(l.on_unreachable(f.remote, text.substr(0, text.find("From")), start));
    CHECK(first->why == client_user::failure::no_transport);
    CHECK(second->why == client_user::failure::no_transport);
    CHECK_FALSE(heard->why.has_value());
    CHECK_FALSE(other->why.has_value());
    CHECK_FALSE(on_tcp->why.has_value());
    CHECK(l.size() == 3);
}

TEST_CASE("layer: a request is merged only while the other copy is being worked on") {
    recorder out;
    layer l(out, {}, 10);
    const auto user = std::make_shared<callee>();
    const auto first = request("MESSAGE", "z9hG4bK1"), second = request("MESSAGE", "z9hG4bK2");
    const auto id = l.start_server(arrival_of(first), user, start);
    CHECK(l.merges(key_of(second), merge_key(second)));
    CHECK_FALSE(l.merges(key_of(first), merge_key(first)));
    CHECK(l.unanswered() == 1);
    l.respond(id, 200, "200", start);
    CHECK_FALSE(l.merges(key_of(second), merge_key(second)));
    CHECK(l.unanswered() == 0);
}

TEST_CASE("keys: branch, sent-by and method; RFC 2543 fields without the cookie (RFC 3261 17.2.3)") {
    const auto a = request("MESSAGE", "z9hG4bK1");
    CHECK(key_of(a) == key_of(request("MESSAGE", "z9hG4bK1")));
    CHECK(key_of(a) != key_of(request("MESSAGE", "z9hG4bK2")));
    CHECK(key_of(a) != key_of(request("OPTIONS", "z9hG4bK1")));
    CHECK(key_of(request("INVITE", "z9hG4bK1")) == key_of(request("ACK", "z9hG4bK1")));
    CHECK(key_of(request("INVITE", "old")) == key_of(request("ACK", "old")));
    CHECK(key_of(request("INVITE", "old")) != key_of(request("INVITE", "older")));
    // The tag in To counts, but an ACK has the one of our response; what we wrote into the Via does not.
    const auto tagged = [](const char* method, const char* tag) {
        auto m = request(method, "old");
        m.set("To", std::string("<sip:b@h>") + tag);
        return m;
    };
    CHECK(key_of(tagged("MESSAGE", ";tag=1")) != key_of(tagged("MESSAGE", ";tag=2")));
    CHECK(key_of(tagged("INVITE", "")) == key_of(tagged("ACK", ";tag=2")));
    auto stamped = request("MESSAGE", "old");
    const auto plain = request("MESSAGE", "old");
    stamped.set("Via", std::string(*plain.header("Via")) + ";received=192.0.2.1;rport=5");
    CHECK(key_of(stamped) == key_of(plain));
    auto more = request("MESSAGE", "old");
    more.set("Via", std::string(*plain.header("Via")) + ", SIP/2.0/UDP further;branch=x");
    CHECK(server_key(more, *via::parse(*plain.header("Via"))) == key_of(plain));
}
