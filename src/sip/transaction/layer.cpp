// SPDX-License-Identifier: Apache-2.0
#include "sip/transaction/layer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "sip/transaction/client_invite.hpp"
#include "sip/transaction/client_non_invite.hpp"
#include "sip/transaction/key.hpp"
#include "sip/transaction/server_invite.hpp"
#include "sip/transaction/server_non_invite.hpp"

namespace stox::sip::transaction {

namespace {

input classify(int status) {
    if (status < 200) return input::provisional;
    return status < 300 ? input::success : input::failure;
}

timing for_transport(timing t, transport kind) {
    t.reliable = kind != transport::udp;
    return t;
}

}  // namespace

id layer::start_client(std::string_view branch, std::string_view method, std::string bytes, const flow& f,
                       std::shared_ptr<client_user> user, steady_time now) {
    if (full()) return 0;
    const auto times = for_transport(timing_, f.kind);
    const id transaction = ++last_;
    entry& e = live_[transaction];
    if (method == "INVITE")
        e.fsm = std::make_unique<client_invite>(times, now);
    else
        e.fsm = std::make_unique<client_non_invite>(times, now);
    e.key = client_key(branch, method);
    e.bytes = std::move(bytes);
    e.path = f;
    e.client = std::move(user);
    clients_[e.key] = transaction;
    if (transmit(e))
        settle(transaction);
    else
        step(transaction, input::transport_error, now);
    return transaction;
}

void layer::set_ack(id transaction, ack_maker make) {
    if (const auto it = live_.find(transaction); it != live_.end()) it->second.ack = std::move(make);
}

void layer::abandon(id transaction) { erase(transaction); }

id layer::start_server(arrival what, std::weak_ptr<server_user> user, steady_time now) {
    if (full()) return 0;
    const auto times = for_transport(timing_, what.from.kind);
    const id transaction = ++last_;
    entry& e = live_[transaction];
    if (what.invite)
        e.fsm = std::make_unique<server_invite>(times, now);
    else
        e.fsm = std::make_unique<server_non_invite>(times, now);
    e.key = std::move(what.key);
    e.merge_key = std::move(what.merge_key);
    e.path = std::move(what.from);
    e.back = what.back;
    e.sent_by = std::move(what.sent_by);
    e.server = std::move(user);
    e.keep = std::move(what.keep);
    servers_[e.key] = transaction;
    if (!e.merge_key.empty()) merges_[e.merge_key] = transaction;
    ++unanswered_;
    if (e.path.connection != 0) ++owed_[e.path.connection];
    settle(transaction);
    return transaction;
}

void layer::respond(id transaction, int status, std::string bytes, steady_time now) {
    const auto it = live_.find(transaction);
    if (it == live_.end()) return;
    entry& e = it->second;
    const bool again = e.fsm->current() == state::accepted && status < 300;
    if (e.answered && !again) return;
    e.bytes = std::move(bytes);
    if (status >= 200 && !e.answered) {
        e.answered = true;
        paid(e);
        // The request may be sent anew after it failed; it is no longer being worked on (section 8.2.2.2).
        if (const auto m = merges_.find(e.merge_key); m != merges_.end() && m->second == transaction)
            merges_.erase(m);
    }
    step(transaction, classify(status), now);
}

bool layer::on_response(message response, std::string_view branch, const flow& f, steady_time now) {
    const auto it = clients_.find(client_key(branch, response.method()));
    if (it == clients_.end()) return false;
    const id transaction = it->second;
    const input i = classify(response.status());
    step(transaction, i, now, &response, &f);
    return true;
}

bool layer::awaits(std::string_view branch, std::string_view method) const {
    return clients_.count(client_key(branch, method)) != 0;
}

bool layer::awaits_on(std::uint64_t connection) const {
    return std::any_of(clients_.begin(), clients_.end(), [&](const auto& known) {
        return live_.at(known.second).path.connection == connection;
    });
}

bool layer::on_retransmission(const std::string& key, steady_time now) {
    const id transaction = find_server(key);
    if (transaction == 0) return false;
    absorbed_.add();
    step(transaction, input::request, now);
    return true;
}

std::optional<message> layer::on_ack(const std::string& key, message ack, steady_time now) {
    const id transaction = find_server(key);
    if (transaction == 0) return std::optional<message>(std::move(ack));
    step(transaction, input::ack, now, &ack);
    return std::nullopt;
}

bool layer::on_cancel(const std::string& invite_key) {
    const auto it = live_.find(find_server(invite_key));
    if (it == live_.end()) return false;
    const auto user = it->second.server.lock();
    if (user && !it->second.answered) user->cancelled();
    return true;
}

id layer::find_server(const std::string& key) const {
    const auto it = servers_.find(key);
    return it == servers_.end() ? 0 : it->second;
}

bool layer::merges(const std::string& key, const std::string& merge_key) const {
    if (merge_key.empty()) return false;
    const auto it = merges_.find(merge_key);
    return it != merges_.end() && live_.at(it->second).key != key;
}

void layer::on_connection_lost(std::uint64_t connection, steady_time now) {
    if (connection == 0) return;
    std::vector<id> lost;
    for (const auto& [key, transaction] : clients_)
        if (live_.at(transaction).path.connection == connection) lost.push_back(transaction);
    for (const id transaction : lost) step(transaction, input::transport_error, now);
}

// A request of ours as far as it is quoted: its first line, then our Via, which is always the first header.
id layer::find_quoted(std::string_view quoted) const {
    constexpr std::string_view mark = ";branch=";
    const auto from = quoted.find(mark, std::min(quoted.find("\r\n"), quoted.size()));
    if (from == quoted.npos) return 0;
    const auto to = quoted.find_first_of(";\r", from + mark.size());
    if (to == quoted.npos) return 0;
    const auto branch = quoted.substr(from + mark.size(), to - from - mark.size());
    const auto it = clients_.find(client_key(branch, quoted.substr(0, quoted.find(' '))));
    return it == clients_.end() ? 0 : it->second;
}

bool layer::on_unreachable(const net::socket_address& peer, std::string_view quoted, steady_time now) {
    const auto waits_for_peer = [&](const entry& e) {
        const auto at = e.fsm->current();
        return e.path.kind == transport::udp && e.path.remote == peer &&
               (at == state::calling || at == state::trying);
    };
    const auto named = live_.find(find_quoted(quoted));
    if (named == live_.end() || !waits_for_peer(named->second)) return false;
    // ICMP messages are rare by rule (RFC 1812 section 4.3.2.8): one speaks for all that wait.
    std::vector<id> lost;
    for (const auto& [key, transaction] : clients_)
        if (waits_for_peer(live_.at(transaction))) lost.push_back(transaction);
    for (const id transaction : lost) step(transaction, input::transport_error, now);
    return true;
}

void layer::on_time(steady_time now) {
    while (const auto transaction = schedule_.take_due(now)) {
        const auto it = live_.find(*transaction);
        if (it == live_.end()) continue;
        const actions what = it->second.fsm->on_time(now);
        if (what & send) retransmitted_.add();
        carry_out(*transaction, what, nullptr, nullptr, now);
    }
}

void layer::step(id transaction, input i, steady_time now, message* m, const flow* f) {
    const auto it = live_.find(transaction);
    if (it == live_.end()) return;
    carry_out(transaction, it->second.fsm->on(i, now), m, f, now);
}

// Users are called last: they may start, answer or abandon transactions.
void layer::carry_out(id transaction, actions what, message* m, const flow* f, steady_time now) {
    entry& e = live_.at(transaction);
    if (what & send_trying)
        if (const auto user = e.server.lock()) e.bytes = user->trying();
    if ((what & (send | send_trying)) && !e.bytes.empty() && !transmit(e) && !(what & ended))
        return step(transaction, input::transport_error, now);
    if ((what & send_ack) && e.ack && m != nullptr) out_.send_request(e.path, e.ack(*m));
    const auto client = e.client;
    const auto server = e.server.lock();
    if (what & timed_out) timed_out_.add();
    if (what & ended)
        erase(transaction);
    else
        settle(transaction);
    if ((what & pass_up) && m != nullptr) {
        if (client) client->responded(std::move(*m), *f);
        if (server) server->acknowledged(std::move(*m));
    }
    if (!(what & (timed_out | transport_failed))) return;
    const bool late = (what & timed_out) != 0;
    if (client) client->failed(late ? client_user::failure::no_answer : client_user::failure::no_transport);
    if (server) server->ended();
}

void layer::settle(id transaction) { schedule_.set(transaction, live_.at(transaction).fsm->next()); }

bool layer::transmit(entry& e) {
    if (e.client) return out_.send_request(e.path, e.bytes);
    return out_.send_response(e.path, e.back, e.sent_by, e.bytes);
}

void layer::paid(const entry& e) {
    --unanswered_;
    const auto it = owed_.find(e.path.connection);
    if (it != owed_.end() && --it->second == 0) owed_.erase(it);
}

void layer::erase(id transaction) {
    const auto it = live_.find(transaction);
    if (it == live_.end()) return;
    entry& e = it->second;
    if (!e.client && !e.answered) paid(e);
    for (auto* index : {&clients_, &servers_}) {
        const auto at = index->find(e.key);
        if (at != index->end() && at->second == transaction) index->erase(at);
    }
    if (const auto m = merges_.find(e.merge_key); m != merges_.end() && m->second == transaction)
        merges_.erase(m);
    schedule_.erase(transaction);
    live_.erase(it);
}

}  // namespace stox::sip::transaction
