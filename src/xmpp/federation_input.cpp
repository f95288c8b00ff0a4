// SPDX-License-Identifier: Apache-2.0
// The reading half of a connection: bytes into the XML reader, its events into s2s_fsm, and what that decides
// into deeds. Whatever takes time is awaited before the next byte is looked at.
#include "runtime/timer.hpp"
#include "xmpp/federation_connection.hpp"

namespace stox::xmpp {

using stream::s2s_action;
using phase = stream::s2s_fsm::phase;

namespace {

// Negotiation needs little; larger stanzas are for the authenticated.
xml::limits limits_before_authentication() {
    xml::limits l;
    l.stanza_bytes = 16'384;
    l.depth = 16;
    l.elements = 256;
    l.attributes = 32;
    return l;
}

}  // namespace

void connection::new_reader() {
    xml::stream_reader::events events;
    events.opened = [this](xml::element root) { fsm_.opened(root); };
    events.closed = [this] { fsm_.closed(); };
    events.stanza = [this](xml::element e) {
        fsm_.received(e);
        element_ = e;
        if (fsm_.restarting())
            pending_behind_ = reader_->stop() > 0;
        else
            reader_->pause();
    };
    const auto limits = fsm_.authenticated() ? xml::limits{} : limits_before_authentication();
    reader_ = std::make_unique<xml::stream_reader>(limits, std::move(events));
}

awaitable<void> connection::read_once() {
    const std::span<char> room(buffer_);
    const std::size_t count = co_await transport_->read_some(room);
    if (count == 0) {
        fsm_.lost("the peer closed the connection");
        co_await perform();
        co_return;
    }
    liveness_.heard(steady_clock::now());
    const std::string_view bytes(buffer_.data(), count);
    co_await feed(bytes);
    if (fsm_.authenticated()) co_return;
    const milliseconds pause = pacer_.pause(steady_clock::now(), count);
    if (pause.count() > 0) co_await sleep_for(pause);
}

awaitable<void> connection::feed(std::string_view bytes) {
    while (!bytes.empty() && fsm_.state() != phase::ended) {
        std::string_view piece = bytes;
        // The header is judged (and the gate asked) before anything behind it is looked at.
        if (fsm_.state() == phase::header) piece = bytes.substr(0, bytes.find('>') + 1);
        if (piece.empty()) piece = bytes;
        bytes.remove_prefix(piece.size());
        auto fault = reader_->feed(piece);
        for (;;) {
            if (fault) fsm_.fault(*fault);
            const bool paused = reader_->paused();
            const bool more_behind = pending_behind_ || !bytes.empty();
            // RFC 6120 section 5.4.3.3: nothing sent before TLS may count behind it.
            if (fsm_.restarting() && more_behind)
                fsm_.fail("policy-violation", "data behind the element that restarts the stream");
            co_await perform();
            if (!paused || fsm_.state() == phase::ended) break;
            fault = reader_->resume();
        }
        pending_behind_ = false;
        if (tls_due_ && fsm_.state() == phase::handshake) {
            tls_due_ = false;
            co_await flush();
            co_await handshake();
            co_await perform();
            co_return;
        }
    }
}

awaitable<void> connection::perform() {
    for (auto actions = fsm_.take(); !actions.empty(); actions = fsm_.take())
        for (auto& action : actions) {
            s2s_action next = std::move(action);
            co_await act(std::move(next));
        }
}

awaitable<void> connection::act(s2s_action action) {
    switch (action.what) {
        case s2s_action::kind::ask_gate: {
            std::string domain = action.pair.local;
            const bool ours = co_await owner_.serves(std::move(domain));
            fsm_.gate_answered(ours);
            break;
        }
        case s2s_action::kind::deliver:
            co_await deliver(std::move(action));
            break;
        case s2s_action::kind::start_tls:
            tls_due_ = true;
            break;
        default:
            note(action);
    }
}

awaitable<void> connection::deliver(s2s_action action) {
    liveness_.carried(steady_clock::now());
    incoming_stanza stanza;
    stanza.from = std::move(action.from);
    stanza.to = std::move(action.to);
    stanza.tree = element_;
    stanza.ns = stream::ns_server;
    const auto self = shared_from_this();
    co_await owner_.deliver(self, stanza);
}

// The actions that take no time.
void connection::note(s2s_action& action) {
    const auto self = shared_from_this();
    switch (action.what) {
        case s2s_action::kind::write:
            control_ += action.text;
            break;
        case s2s_action::kind::restart:
            new_reader();
            break;
        case s2s_action::kind::verify_key:
            owner_.verify_key(self, action.pair, action.id, action.text);
            break;
        case s2s_action::kind::key_answered:
            owner_.key_answered(action.pair, action.id, action.result);
            break;
        case s2s_action::kind::out_opened:
            out_pairs_.push_back(action.pair);
            liveness_.probe_within(seconds(fsm_.peer_limits().idle_seconds) / 2);
            owner_.out_opened(self, action.pair);
            break;
        case s2s_action::kind::out_refused:
            if (action.pair.remote.empty())
                sasl_refusal_ = action.text;
            else
                owner_.out_refused(self, action.pair, action.text);
            break;
        case s2s_action::kind::in_opened:
            reader_->set_limits(xml::limits{});
            owner_.noted(*this, "authenticated by " + action.text);
            owner_.in_opened(self, action.pair);
            break;
        case s2s_action::kind::managed:
            outbox_.managed();
            break;
        case s2s_action::kind::acknowledged:
            if (!outbox_.acknowledged(action.number))
                fsm_.fail("undefined-condition", "more stanzas acknowledged than sent");
            break;
        case s2s_action::kind::redirect:
            redirect_ = action.text;
            break;
        case s2s_action::kind::ended:
            if (why_.empty()) why_ = action.text;
            owner_.stream_ended(self);
            break;
        default:
            break;
    }
    wake_.set();
}

void connection::drain_actions() {
    for (auto actions = fsm_.take(); !actions.empty(); actions = fsm_.take())
        for (auto& action : actions) note(action);
}

}  // namespace stox::xmpp
