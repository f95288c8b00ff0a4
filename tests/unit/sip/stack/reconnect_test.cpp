// SPDX-License-Identifier: Apache-2.0
// A connection that was idle can be given up by the peer while a request is on its way to it.
#include <catch2/catch.hpp>

#include "tests/unit/sip/stack/raw_peer.hpp"

using namespace stox;
using namespace stox::test;

namespace {

std::string branch_of(const std::string& request) {
    const auto from = request.find(";branch=");
    return request.substr(from, request.find(';', from + 1) - from);
}

awaitable<std::string> next_request(net::stream_ptr& stream) {
    std::string buffer(65'536, '\0');
    const auto count = co_await stream->read_some(buffer);
    buffer.resize(count);
    co_return buffer;
}

awaitable<void> answer(net::stream_ptr& stream, std::string request) {
    const auto parsed = sip::message::parse(std::move(request));
    const std::string bytes = sip::message::response(*parsed, 200).to_bytes();
    co_await stream->write(bytes);
}

}  // namespace

TEST_CASE("reconnect: a request on a connection that dies goes once more over a fresh one, same branch") {
    network n;
    node alice(n);
    auto listener = std::move(*net::listen_tcp(n.ex(), loopback()));
    sip::next_hop hop;
    hop.host = "127.0.0.1";
    hop.port = listener->local().port;
    hop.kind = sip::transport::tcp;
    std::vector<std::string> branches;
    std::vector<int> results;
    auto body = [&](task_group& group) -> awaitable<void> {
        alice.start(group);
        task_group peer(n.ex());
        peer.spawn([&]() -> awaitable<void> {
            auto first = co_await listener->accept();
            auto request = co_await next_request(first);
            branches.push_back(branch_of(request));
            co_await answer(first, request);
            // The next one is read and not answered.
            request = co_await next_request(first);
            branches.push_back(branch_of(request));
            first->close();
            auto second = co_await listener->accept();
            request = co_await next_request(second);
            branches.push_back(branch_of(request));
            co_await answer(second, request);
            // And a fresh one that dies is no reason to go on for ever.
            request = co_await next_request(second);
            second->close();
            auto third = co_await listener->accept();
            request = co_await next_request(third);
            third->close();
        });
        for (int i = 0; i < 3; ++i) {
            auto request = text_message("sip:juliet@xmpp.example");
            const auto result = co_await alice.stack->send(std::move(request), hop);
            results.push_back(result.status);
        }
        co_await peer.join();
    };
    n.run([&]() { return within_group(body); });
    CHECK(results == std::vector<int>{200, 200, 503});
    REQUIRE(branches.size() == 3);
    CHECK(branches[0] != branches[1]);
    CHECK(branches[1] == branches[2]);
}
