// SPDX-License-Identifier: Apache-2.0
// A peer that is only a socket, against one node.
#pragma once

#include "net/datagram.hpp"
#include "net/listener.hpp"
#include "runtime/deadline.hpp"
#include "tests/unit/sip/stack/two_stacks.hpp"

namespace stox::test {

inline std::string raw_request(std::string method, std::string branch, std::string extra = {},
                               std::string via_kind = "UDP") {
    std::string out = method + " sip:juliet@xmpp.example SIP/2.0\r\n";
    out += "Via: SIP/2.0/" + via_kind + " 127.0.0.1:9;branch=z9hG4bK" + branch + ";rport\r\n";
    out += "From: <sip:romeo@sip.example>;tag=f" + branch + "\r\nTo: <sip:juliet@xmpp.example>\r\n";
    out += "Call-ID: c" + branch + "\r\nCSeq: 1 " + method + "\r\n";
    if (extra.find("Max-Forwards") == std::string::npos) out += "Max-Forwards: 70\r\n";
    return out + extra + "Content-Length: 0\r\n\r\n";
}

inline int status_of(std::string_view response) {
    if (response.substr(0, 8) != "SIP/2.0 ") return 0;
    return std::stoi(std::string(response.substr(8, 3)));
}

/// A UDP socket that speaks to one node.
struct raw_udp {
    std::unique_ptr<net::datagram_socket> socket;
    net::socket_address there;
    std::string buffer = std::string(65'535, '\0');

    raw_udp(network& n, std::uint16_t port) : there(loopback(port)) {
        socket = std::move(*net::bind_udp(n.ex(), loopback()));
    }
    void send(std::string_view bytes) { socket->send(bytes, there); }
    /// "" when nothing came within a second.
    awaitable<std::string> receive() {
        auto got = co_await with_deadline(steady_clock::now() + seconds(1), socket->receive(buffer));
        std::string out;
        if (got) out = got->bytes;
        co_return out;
    }
    awaitable<std::string> ask(std::string bytes) {
        send(bytes);
        auto out = co_await receive();
        co_return out;
    }
};

struct raw_tcp {
    net::stream_ptr stream;
    /// Everything up to `count` responses or the end of the stream.
    awaitable<std::string> read_responses(int count) {
        std::string all, buffer(4096, '\0');
        while (count > 0) {
            const auto n = co_await stream->read_some(buffer);
            if (n == 0) break;
            all.append(buffer, 0, n);
            int seen = 0;
            for (std::size_t at = all.find("SIP/2.0 "); at != std::string::npos;
                 at = all.find("SIP/2.0 ", at + 1))
                if (at == 0 || all[at - 1] == '\n') ++seen;
            if (seen >= count && all.size() > 4 && all.substr(all.size() - 4) == "\r\n\r\n") break;
        }
        co_return all;
    }
};

inline awaitable<raw_tcp> dial(std::uint16_t port) {
    raw_tcp out;
    out.stream = co_await net::connect_tcp(loopback(port), milliseconds(2000));
    co_return out;
}

inline int responses_in(const std::string& all, const std::string& status) {
    int seen = 0;
    for (auto at = all.find("SIP/2.0 " + status); at != std::string::npos;
         at = all.find("SIP/2.0 " + status, at + 1))
        ++seen;
    return seen;
}

/// Runs `body(node, group)` against a started node that answers MESSAGE with 200 and counts them.
template <class Body>
int with_node(Body body, sip::stack_options options = {}) {
    network n;
    node bob(n, options);
    int handled = 0;
    bob.stack->handle("MESSAGE", [&handled](sip::incoming_ptr request) -> awaitable<void> {
        ++handled;
        request->respond(200);
        co_return;
    });
    auto all = [&](task_group& group) -> awaitable<void> {
        bob.start(group);
        co_await yield();
        co_await body(n, bob);
    };
    n.run([&]() { return within_group(all); });
    return handled;
}

}  // namespace stox::test
