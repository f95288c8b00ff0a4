// SPDX-License-Identifier: Apache-2.0
#include "xmpp/federation_connect.hpp"

#include <memory>

#include "runtime/event.hpp"
#include "runtime/task_group.hpp"
#include "xmpp/stream/words.hpp"

namespace stox::xmpp {

namespace {

struct race {
    race(executor ex, std::vector<server_target> all, connector how)
        : changed(std::move(ex)), targets(std::move(all)), connect(std::move(how)), failed(targets.size()) {}
    event changed;
    std::vector<server_target> targets;
    connector connect;
    std::vector<bool> failed;
    net::stream_ptr winner;
    std::size_t won = 0, running = 0;
    std::string words = "no address";
};
using race_ptr = std::shared_ptr<race>;

awaitable<void> attempt(race_ptr r, std::size_t at) {
    std::exception_ptr failure;
    net::stream_ptr transport;
    const server_target& target = r->targets[at];
    try {
        transport = co_await r->connect(target);
    } catch (...) {
        failure = std::current_exception();
    }
    --r->running;
    if (transport && !r->winner) {
        r->winner = std::move(transport);
        r->won = at;
    }
    if (failure && !is_cancelled(failure)) {
        r->failed[at] = true;
        r->words =
            "connecting to " + to_string(target.address) + " failed: " + stream::transport_words(failure);
    }
    r->changed.set();
    if (is_cancelled(failure)) std::rethrow_exception(failure);
}

awaitable<void> attempt_all(task_group& group, race_ptr r, milliseconds stagger) {
    for (std::size_t i = 0; i < r->targets.size() && !r->winner; ++i) {
        ++r->running;
        group.spawn_isolated([r, i] { return attempt(r, i); });
        const auto until = steady_clock::now() + stagger;
        while (!r->winner && !r->failed[i] && steady_clock::now() < until) {
            r->changed.reset();
            co_await r->changed.wait(until);
        }
    }
    while (!r->winner && r->running > 0) {
        r->changed.reset();
        co_await r->changed.wait();  // waits for: the attempts, each bounded by its connector
    }
}

}  // namespace

awaitable<connected> connect_first(std::vector<server_target> targets, milliseconds stagger,
                                   connector connect) {
    auto ex = co_await asio::this_coro::executor;
    const auto r = std::make_shared<race>(ex, std::move(targets), std::move(connect));
    task_group group(ex);
    std::exception_ptr failure;
    try {
        co_await attempt_all(group, r, stagger);
    } catch (...) {
        failure = std::current_exception();
    }
    group.cancel();
    co_await group.join(failure);
    connected out;
    out.words = r->words;
    out.transport = std::move(r->winner);
    for (std::size_t i = 0; i < r->targets.size(); ++i) {
        if (out.transport && i == r->won)
            out.target = r->targets[i];
        else if (!r->failed[i])
            out.left.push_back(r->targets[i]);
    }
    co_return out;
}

}  // namespace stox::xmpp
