// SPDX-License-Identifier: Apache-2.0
// The receiving server's side of dialback: asking the authoritative server about a key (XEP-0220 section
// 2.4), never on the connection that the key came on (XEP-0288 section 2.2). A stranger chooses whom we ask,
// so what one source can make us do is bounded.
#include <algorithm>

#include "runtime/deadline.hpp"
#include "xmpp/federation_impl.hpp"

namespace stox::xmpp {

using stream::domain_pair;

namespace {

constexpr seconds verify_limit{30};
constexpr seconds open_stream_limit{5};  // for a stream that is there already, then a new one is opened
constexpr std::size_t max_questions = 256;
constexpr std::size_t max_questions_per_source = 32;

}  // namespace

void federation_impl::verify_key(const connection_ptr& for_whom, domain_pair pair, std::string id,
                                 std::string key) {
    const auto source = net::source_prefix(for_whom->remote().ip);
    const auto same = [&](const auto& entry) { return entry.second->source == source; };
    const auto from_there = std::count_if(questions_.begin(), questions_.end(), same);
    const bool room =
        questions_.size() < max_questions && static_cast<std::size_t>(from_there) < max_questions_per_source;
    const auto ask = [this, for_whom, pair, id, key] { return ask_authority(for_whom, pair, id, key); };
    if (!room || !group_ || !group_->spawn_isolated(ask))
        for_whom->key_verified(pair, id, stream::verdict::failed);
}

void federation_impl::key_answered(const domain_pair& pair, const std::string& id, stream::verdict result) {
    const auto found = questions_.find({pair, id});
    if (found == questions_.end()) return;
    found->second->result = result;
    found->second->answered = true;
    found->second->changed.set();
}

awaitable<void> federation_impl::ask_authority(connection_ptr for_whom, domain_pair pair, std::string id,
                                               std::string key) {
    key_question question(executor_, net::source_prefix(for_whom->remote().ip));
    const key_id name{pair, id};
    if (!questions_.emplace(name, &question).second) co_return;
    std::exception_ptr failure;
    try {
        const auto until = steady_clock::now() + verify_limit;
        co_await with_deadline(until, put_question(for_whom, pair, id, key, question));
    } catch (...) {
        failure = std::current_exception();
    }
    questions_.erase(name);
    if (is_cancelled(failure)) std::rethrow_exception(failure);
    for_whom->key_verified(pair, id, question.result);
}

// Until the question is answered, `by` is over or the time is.
awaitable<bool> federation_impl::answered(key_question& question, connection_ptr by, milliseconds limit) {
    const auto until = steady_clock::now() + limit;
    while (!question.answered && !by->over() && steady_clock::now() < until) {
        question.changed.reset();
        co_await question.changed.wait(until);
    }
    co_return question.answered;
}

awaitable<void> federation_impl::put_question(connection_ptr asker, domain_pair pair, std::string id,
                                              std::string key, key_question& question) {
    connection_ptr open;
    for (const auto& c : connections_) {
        const bool usable = c != asker && c->open() && c->fsm().settings().initiating;
        if (usable && c->fsm().peer_domain() == pair.remote && !c->fsm().settings().verify_only) open = c;
    }
    if (open) {
        open->verify(pair, id, key);
        const bool known = co_await answered(question, open, open_stream_limit);
        if (known) co_return;
    }
    server_location where = co_await locate(pair.remote);
    while (!where.targets.empty()) {
        connected first = co_await connect_some(std::move(where.targets));
        where.targets = std::move(first.left);
        if (!first.transport) co_return;
        stream::s2s_settings settings = outgoing(pair);
        settings.verify_only = true;
        settings.verify_id = id;
        settings.verify_key = key;
        const connection_ptr by = start_on(first, std::move(settings));
        const auto patience = where.targets.empty() ? milliseconds(verify_limit) : options_.patience;
        const bool known = co_await answered(question, by, patience);
        if (!by->over()) by->close("the key was verified");
        if (known) co_return;
    }
}

}  // namespace stox::xmpp
