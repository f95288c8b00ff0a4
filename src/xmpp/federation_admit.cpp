// SPDX-License-Identifier: Apache-2.0
// Incoming connections: who gets in, what the others are told, and what is said about streams that we ended.
#include <algorithm>
#include <array>

#include "base/random.hpp"
#include "observe/log.hpp"
#include "runtime/deadline.hpp"
#include "xmpp/federation_impl.hpp"
#include "xmpp/stream/tag.hpp"

namespace stox::xmpp {

namespace {

constexpr std::size_t max_turning_away = 64;
constexpr seconds turn_away_limit{2};
constexpr double reports_per_second = 0.1, reports_at_once = 5;  // per source
constexpr seconds report_memory{60};

// RFC 6120 section 4.9.1.1: the error comes behind a header.
std::string refusal(const char* condition) {
    stream::tag header("stream:stream");
    header.attribute("xmlns", stream::ns_server).attribute("xmlns:stream", stream::ns_streams);
    header.attribute("id", random_token(128)).attribute("version", "1.0");
    const auto error = stream::tag(condition).attribute("xmlns", stream::ns_stream_errors).empty();
    return "<?xml version='1.0'?>" + header.start() + stream::tag("stream:error").with_children(error) +
           "</stream:stream>";
}

// The peer's header is read first: a close with unread input would take our words back.
awaitable<void> say(net::byte_stream& to, std::string words) {
    std::array<char, 2048> unread;
    const std::span<char> room(unread);
    co_await to.read_some(room);
    co_await to.write(words);
    co_await to.shutdown();
    co_await to.read_some(room);
}

}  // namespace

awaitable<void> federation_impl::accept_from(net::tcp_listener& listener, bool direct) {
    for (;;) {
        net::stream_ptr transport = co_await listener.accept();
        admit(std::move(transport), direct);
    }
}

bool federation_impl::too_many_from(const net::ip_address& source) const {
    const auto prefix = net::source_prefix(source);
    const auto same = [&](const connection_ptr& c) {
        return !c->fsm().settings().initiating && !c->fsm().authenticated() &&
               net::source_prefix(c->remote().ip) == prefix;
    };
    const auto count = std::count_if(connections_.begin(), connections_.end(), same);
    return static_cast<std::size_t>(count) >= options_.max_unauthenticated_per_source;
}

void federation_impl::admit(net::stream_ptr transport, bool direct) {
    const bool full = connections_.size() >= options_.max_connections;
    if (full || too_many_from(transport->remote().ip)) {
        refused_.add();
        const std::shared_ptr<net::byte_stream> from = std::move(transport);
        const auto* condition = full ? "resource-constraint" : "policy-violation";
        // Behind direct TLS the words would cost a handshake.
        const bool worth_it = !direct && turning_away_ < max_turning_away;
        if (!worth_it || !group_->spawn_isolated([=, this] { return turn_away(from, condition); }))
            from->close();
        return;
    }
    stream::s2s_settings settings;
    settings.direct_tls = direct;
    streams_in_.add();
    start(make_connection(std::move(settings)), std::move(transport));
}

awaitable<void> federation_impl::turn_away(std::shared_ptr<net::byte_stream> from, const char* condition) {
    ++turning_away_;
    std::exception_ptr failure;
    try {
        const auto until = steady_clock::now() + turn_away_limit;
        co_await with_deadline(until, say(*from, refusal(condition)));
    } catch (...) {
        failure = std::current_exception();
    }
    --turning_away_;
    from->close();
    if (is_cancelled(failure)) std::rethrow_exception(failure);
}

// Our stream errors are worth a line: the operator of the other server will ask. But not one for each.
void federation_impl::report(const connection& by) {
    if (!by.why_ended().starts_with("we closed the stream: ")) return;
    const auto now = steady_clock::now();
    const auto source = net::source_prefix(by.remote().ip);
    auto* budget = reports_.find(source, now);
    if (budget == nullptr)
        budget =
            &reports_.put(source, token_bucket(reports_per_second, reports_at_once), now + report_memory);
    if (!budget->take(now)) return;
    const auto peer = to_string(by.remote());
    const std::string_view reason = by.why_ended();
    log::info("xmpp stream refused",
              {{"domain", by.fsm().peer_domain()}, {"peer", peer}, {"reason", reason}});
}

}  // namespace stox::xmpp
