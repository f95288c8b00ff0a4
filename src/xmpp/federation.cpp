// SPDX-License-Identifier: Apache-2.0
#include "xmpp/federation.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "observe/log.hpp"
#include "xmpp/federation_impl.hpp"

namespace stox::xmpp {

using stream::domain_pair;

std::unique_ptr<federation> make_federation(executor ex, federation_options options, dns::resolver& resolver,
                                            const net::certificate_store& certificates) {
    return std::make_unique<federation_impl>(std::move(ex), std::move(options), resolver, certificates);
}

bool proves_domain(const net::tls_peer& peer, const std::string& domain) {
    const auto ascii = domain_to_ascii(domain);
    return ascii && peer.has_certificate && peer.chain_valid &&
           net::covers(peer.names, *ascii, "xmpp-server");
}

federation_impl::federation_impl(executor ex, federation_options options, dns::resolver& resolver,
                                 const net::certificate_store& certificates)
    : executor_(std::move(ex)),
      options_(std::move(options)),
      resolver_(resolver),
      certificates_(certificates) {
    if (options_.dialback_secret.empty()) options_.dialback_secret = random_bytes(32);
}

std::vector<std::string> federation_impl::open() {
    std::vector<std::string> problems;
    const auto listen = [&](const std::vector<net::socket_address>& addresses, bool direct) {
        for (const auto& address : addresses) {
            auto listener = net::listen_tcp(executor_, address);
            if (listener)
                listeners_.emplace_back(std::move(*listener), direct);
            else
                problems.push_back("XMPP server port " + to_string(address) + ": " + listener.error().text);
        }
    };
    listen(options_.listen, false);
    listen(options_.listen_direct, true);
    return problems;
}

awaitable<void> federation_impl::run(executor ex) {
    task_group group(std::move(ex));
    group.on_isolated_failure([](std::exception_ptr e) {
        const auto words = describe(e);
        log::error("xmpp stream failed", {{"reason", words}});
    });
    group_ = &group;
    for (auto& [listener, direct] : listeners_) {
        net::tcp_listener* const from = listener.get();
        const bool is_direct = direct;
        group.spawn([this, from, is_direct] { return accept_from(*from, is_direct); });
    }
    group.spawn([this] { return sweep(); });
    for (auto& [pair, r] : routes_)
        if (!r->waiting.empty()) start_pump(*r);
    std::exception_ptr failure;
    try {
        co_await group.join();
    } catch (...) {
        failure = std::current_exception();
    }
    group_ = nullptr;
    stopped_ = true;
    for (auto& [pair, r] : routes_) fail_waiting(*r, steady_time::max(), stopping());
    if (failure) std::rethrow_exception(failure);
}

connection_ptr federation_impl::make_connection(stream::s2s_settings settings) {
    settings.dialback_secret = options_.dialback_secret;
    settings.proves = proves_domain;
    settings.idle_seconds = static_cast<std::uint32_t>(options_.idle_close.count() / 1000);
    connection_owner& owner = *this;
    return std::make_shared<connection>(executor_, options_, certificates_, std::move(settings), owner);
}

void federation_impl::start(const connection_ptr& by, net::stream_ptr transport) {
    by->attach(std::move(transport));
    connections_.push_back(by);
    live_.set(static_cast<double>(connections_.size()));
    if (!group_->spawn_isolated([this, by] { return attend(by); })) forget(by);
}

awaitable<void> federation_impl::attend(connection_ptr by) {
    std::exception_ptr failure;
    try {
        co_await by->run();
    } catch (...) {
        failure = std::current_exception();
    }
    noted(*by, by->why_ended());
    report(*by);
    forget(by);
    if (failure) std::rethrow_exception(failure);
}

awaitable<bool> federation_impl::serves(std::string domain) {
    auto ascii = domain_to_ascii(domain);
    if (!ascii || !gate_) co_return false;
    std::string name = std::move(*ascii);
    const bool ours = co_await gate_(std::move(name));
    co_return ours;
}

// The answer to a ping of ours may come on another stream than the ping went out on.
bool federation_impl::is_answer_to_ping(const connection_ptr& by, const incoming_stanza& stanza) {
    if (std::string_view(stanza.tree.name()) != "iq") return false;
    const auto type = xml::attribute(stanza.tree, "type");
    if (type != "result" && type != "error") return false;
    const auto bare_domain = [](const jid& j) { return j.local().empty() && j.resource().empty(); };
    if (!bare_domain(stanza.from) || !bare_domain(stanza.to)) return false;
    const domain_pair pair{stanza.to.domain(), stanza.from.domain()};
    const auto id = xml::attribute(stanza.tree, "id");
    if (by->pong(pair, id)) return true;
    const auto found = routes_.find(pair);
    return found != routes_.end() && found->second->via && found->second->via->pong(pair, id);
}

awaitable<void> federation_impl::deliver(const connection_ptr& by, const incoming_stanza& stanza) {
    if (is_answer_to_ping(by, stanza)) co_return;
    stanzas_in_.add();
    const auto sender = routes_.find({stanza.to.domain(), stanza.from.domain()});
    if (sender != routes_.end()) heard_from(*sender->second, steady_clock::now());
    if (tap_) {
        const auto peer = to_string(by->remote());
        tap_->on_stanza(true, peer, stanza.from, stanza.to, stanza.tree, {});
    }
    co_await hand_up(handler_, stanza);
}

void federation_impl::noted(const connection& by, std::string_view words) {
    const auto& fsm = by.fsm();
    const auto peer = to_string(by.remote());
    log::debug("xmpp stream", {{"domain", fsm.peer_domain()}, {"peer", peer}, {"reason", words}});
    if (tap_) tap_->on_event(fsm.own_domain(), fsm.peer_domain(), words);
}

std::vector<federation::stream_info> federation_impl::streams() const {
    std::vector<stream_info> out;
    for (const auto& c : connections_) {
        stream_info info;
        info.local_domain = c->fsm().own_domain();
        info.remote_domain = c->fsm().peer_domain();
        info.remote_address = to_string(c->remote());
        info.incoming = !c->fsm().settings().initiating;
        info.bidirectional = c->fsm().bidirectional();
        info.managed = c->fsm().is_managed();
        info.authentication = c->fsm().authentication();
        info.queued = c->queue().queued();
        info.unacknowledged = c->queue().unacknowledged();
        out.push_back(std::move(info));
    }
    return out;
}

std::size_t federation_impl::queued() const {
    std::size_t out = 0;
    for (const auto& c : connections_) out += c->queue().queued();
    for (const auto& [pair, r] : routes_) out += r->waiting.size();
    return out;
}

}  // namespace stox::xmpp
