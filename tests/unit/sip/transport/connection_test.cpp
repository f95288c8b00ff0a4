// SPDX-License-Identifier: Apache-2.0
// Keep-alives of one connection, with the time told to it.
#include "sip/transport/connection.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/sip/stack/raw_peer.hpp"

using namespace stox;
using namespace stox::test;

namespace {

struct silent_receiver final : sip::receiver {
    bool waiting = false;  // a request of ours is out
    int lost = 0;
    void on_message(sip::message, const sip::flow&, std::shared_ptr<const void>, std::string_view) override {}
    void on_fault(const sip::framed&, const sip::flow&) override {}
    void on_lost(const sip::flow&) override { ++lost; }
    void on_unreachable(const net::socket_address&, std::string_view) override {}
    bool owes_answers(const sip::flow&) const override { return false; }
    bool awaits_answers(const sip::flow&) const override { return waiting; }
    void on_event(const sip::flow*, std::string_view) override {}
};

/// A running connection and the peer's end of it.
struct wired {
    network n;
    silent_receiver up;
    sip::connection_limits limits;
    sip::connection_ptr made;
    net::stream_ptr peer;

    template <class Body>
    void run(std::string opened_to, Body body) {
        auto all = [&](task_group& group) -> awaitable<void> {
            auto listener = std::move(*net::listen_tcp(n.ex(), loopback()));
            peer = co_await net::connect_tcp(listener->local(), milliseconds(2000));
            auto stream = co_await listener->accept();
            sip::flow f{sip::transport::tcp, stream->local(), stream->remote(), 1, nullptr, opened_to};
            made = std::make_shared<sip::connection>(n.ex(), std::move(stream), f, limits, up);
            made->self = made;
            group.spawn([c = made]() { return c->read(); });
            group.spawn([c = made]() { return c->write(); });
            co_await body();
            made->close();
        };
        n.run([&]() { return within_group(all); });
    }
    awaitable<std::string> read_from_peer_side() {
        std::string buffer(64, '\0');
        const auto count = co_await peer->read_some(buffer);
        buffer.resize(count);
        co_return buffer;
    }
};

}  // namespace

TEST_CASE("connection: a ping of ours without pong in ten seconds is the end of it (RFC 5626 4.4.1)") {
    wired w;
    std::string ping;
    bool before = true, after = false;
    w.run("peer.example", [&]() -> awaitable<void> {
        const auto now = steady_clock::now();
        w.made->on_time(now + seconds(101));
        ping = co_await w.read_from_peer_side();
        w.made->on_time(now + seconds(110));
        before = w.made->ended();
        w.made->on_time(now + seconds(112));
        after = w.made->ended();
    });
    CHECK(ping == "\r\n\r\n");
    CHECK_FALSE(before);
    CHECK(after);
    CHECK(w.up.lost == 1);
}

TEST_CASE("connection: a peer that never answered pings keeps it while a request is out") {
    wired w;
    w.up.waiting = true;
    bool while_waiting = true, then = false;
    w.run("peer.example", [&]() -> awaitable<void> {
        const auto now = steady_clock::now();
        w.made->on_time(now + seconds(101));
        w.made->on_time(now + seconds(112));
        while_waiting = w.made->ended();
        w.up.waiting = false;
        w.made->on_time(now + seconds(113));
        then = w.made->ended();
        co_return;
    });
    CHECK_FALSE(while_waiting);
    CHECK(then);
}

TEST_CASE("connection: a pong, or anything else that comes, keeps it") {
    wired w;
    w.up.waiting = true;
    bool kept = false, silent_later = false;
    w.run("peer.example", [&]() -> awaitable<void> {
        const auto now = steady_clock::now();
        w.made->on_time(now + seconds(101));
        co_await w.peer->write("\r\n");
        co_await sleep_for(milliseconds(50));
        w.made->on_time(now + seconds(112));
        kept = !w.made->ended();
        // Who answered once is known to speak RFC 5626: silence now is a failure, whatever is out.
        w.made->on_time(now + seconds(202));
        w.made->on_time(now + seconds(213));
        silent_later = w.made->ended();
    });
    CHECK(kept);
    CHECK(silent_later);
}

TEST_CASE("connection: pings of the peer are signs of life") {
    wired w;
    w.limits.idle = seconds(1);
    bool alive = false;
    w.run("", [&]() -> awaitable<void> {
        w.made->set_admitted();
        co_await sleep_for(milliseconds(1100));
        co_await w.peer->write("\r\n\r\n");
        const auto pong = co_await w.read_from_peer_side();
        static_cast<void>(pong);
        w.made->on_time(steady_clock::now());
        alive = w.made->writable();
    });
    CHECK(alive);
}

TEST_CASE("connection: a flood of pings is answered twenty times, then it ends") {
    wired w;
    std::string pongs;
    w.run("", [&]() -> awaitable<void> {
        std::string flood;
        for (int i = 0; i < 500; ++i) flood += "\r\n\r\n";
        co_await w.peer->write(flood);
        for (;;) {
            const auto part = co_await w.read_from_peer_side();
            if (part.empty()) break;
            pongs += part;
        }
    });
    CHECK(pongs.size() >= 40);
    CHECK(pongs.size() <= 44);
}
