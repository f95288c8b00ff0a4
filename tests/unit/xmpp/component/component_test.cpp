// SPDX-License-Identifier: Apache-2.0
// A component over a real connection on loopback, the server played by the test (XEP-0114).
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "tests/unit/xmpp/federation/two_servers.hpp"
#include "xmpp/component.hpp"

using namespace stox;
using namespace stox::xmpp;
using namespace stox::xmpp::test;

namespace {

const std::string header =
    "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1'>";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class server_and_component {
  public:
    server_and_component() {
        const net::socket_address any{asio::ip::make_address("127.0.0.1"), 0};
        listener = std::move(net::listen_tcp(io.get_executor(), any).value());
        component_options options;
        options.host = "127.0.0.1";
        options.port = listener->local().port;
        options.domain = "gw.example.test";
        options.secret = "test";
        gateway = make_component(io.get_executor(), options, resolver);
    }

    /// Runs `body` beside the component, at most 10 s.
    void run(std::function<awaitable<void>()> body) {
        std::exception_ptr failure;
        asio::co_spawn(io, main(std::move(body)), [&](std::exception_ptr e) { failure = e; });
        io.run();
        if (failure) std::rethrow_exception(failure);
    }

    awaitable<void> accept() {
        transport = co_await listener->accept();
        got.clear();
    }
    awaitable<void> say(std::string bytes) { co_await transport->write(bytes); }
    /// Reads until `part` came, or the end.
    awaitable<void> read_to(std::string part) {
        std::array<char, 4096> buffer{};
        while (!has(got, part)) {
            const std::span<char> room(buffer);
            const std::size_t count = co_await transport->read_some(room);
            if (count == 0) break;
            got.append(buffer.data(), count);
        }
    }
    awaitable<void> connect() {
        co_await accept();
        co_await read_to("<stream:stream");
        co_await say(header);
        co_await read_to("</handshake>");
        co_await say("<handshake/>");
    }

    asio::io_context io;
    literal_resolver resolver;
    std::unique_ptr<net::tcp_listener> listener;
    std::unique_ptr<component> gateway;
    net::stream_ptr transport;
    std::string got;

  private:
    awaitable<void> main(std::function<awaitable<void>()> body) {
        task_group group(io.get_executor());
        group.spawn_isolated([this] { return gateway->run(); });
        bool in_time = false;
        std::exception_ptr failure;
        try {
            in_time = co_await with_deadline(steady_clock::now() + seconds(10), body());
        } catch (...) {
            failure = std::current_exception();
        }
        if (transport) transport->close();
        group.cancel();
        co_await group.wait_empty();
        if (failure) std::rethrow_exception(failure);
        if (!in_time) throw std::runtime_error("the test took too long");
    }
};

outgoing_stanza message() {
    const auto from = jid::parse("bob@gw.example.test").value(), to = jid::parse("a@example.test").value();
    return {from, to, "<message from='bob@gw.example.test' to='a@example.test'/>"};
}

}  // namespace

TEST_CASE("component: a stanza is taken once the server gave our ping to ourselves back") {
    server_and_component net;
    std::optional<stanza_error> outcome = stanza_error::of("undefined-condition");
    net.run([&]() -> awaitable<void> {
        co_await net.connect();
        task_group group(net.io.get_executor());
        group.spawn([&]() -> awaitable<void> {
            outgoing_stanza m = message();
            outcome = co_await net.gateway->send(std::move(m), seconds(8));
        });
        co_await net.read_to("</iq>");
        const auto iq = net.got.substr(net.got.find("<iq"));
        co_await net.say(iq);
        co_await group.join();
    });
    CHECK(has(net.got, "from='gw.example.test' to='gw.example.test'"));
    CHECK_FALSE(outcome);
}

TEST_CASE("component: a handler that throws costs one stanza, not the connection") {
    server_and_component net;
    int handled = 0;
    net.gateway->on_stanza([&](const incoming_stanza&) -> awaitable<void> {
        if (++handled == 1) throw std::runtime_error("broken");
        co_return;
    });
    const std::string stanza = "<message from='a@example.test' to='b@gw.example.test'/>";
    net.run([&]() -> awaitable<void> {
        co_await net.connect();
        co_await net.say(stanza + stanza);
        while (handled < 2) co_await sleep_for(milliseconds(5));
        CHECK(net.gateway->connected());
    });
    CHECK(handled == 2);
}

TEST_CASE("component: a server that breaks the handshake is told why, and tried again") {
    server_and_component net;
    std::string refusal;
    net.run([&]() -> awaitable<void> {
        co_await net.accept();
        co_await net.read_to("<stream:stream");
        co_await net.say(header + "<a></b>");
        co_await net.read_to("</stream:stream>");
        refusal = net.got;
        co_await net.connect();
        while (!net.gateway->connected()) co_await sleep_for(milliseconds(5));
    });
    CHECK(has(refusal, "<stream:error><not-well-formed"));
}
