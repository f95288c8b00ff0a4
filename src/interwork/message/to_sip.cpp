// SPDX-License-Identifier: Apache-2.0
// XMPP to SIP: a message stanza is routed, written as a MESSAGE and sent in a transaction of its own, one at
// a time per pair (RFC 3428 section 8); what fails comes back as a stanza error with the original id. Error
// stanzas for what went the other way end here too.
#include <variant>

#include "base/random.hpp"
#include "identity/home.hpp"
#include "interwork/common/error_map.hpp"
#include "interwork/message/codec_sip.hpp"
#include "interwork/message/codec_xmpp.hpp"
#include "interwork/message/message_feature.hpp"
#include "observe/log.hpp"

namespace stox::interwork {

// What is needed of a stanza after its tree is gone.
struct message_to_sip::arrival {
    xmpp::jid from, to;
    std::string id, type;
    bool via_component;
    xmpp::link* via;
    steady_time at;
    page_message page;
};

namespace {

// Fewer than a message needs to be worth a notice itself (to_xmpp.cpp).
constexpr int notice_hops = 10;

xmpp::stanza_error error_of(const identity::refusal& why) {
    auto error = xmpp::stanza_error::of(why.condition, why.text);
    error.type = why.type;
    return error;
}

xmpp::stanza_error shutting_down() {
    return xmpp::stanza_error::of("service-unavailable", "the gateway is shutting down");
}

std::string lane_of(const xmpp::jid& from, const xmpp::jid& to) {
    return "xmpp\n" + from.bare().to_string() + "\n" + to.bare().to_string();
}

}  // namespace

message_to_sip::message_to_sip(message_state& state) : state_(state), silent_(1'000) {
    auto& stanzas = state_.with.stanzas;
    const auto take = [this](const xmpp::incoming_stanza& s, xmpp::link& via) { return receive(s, via); };
    stanzas.receive(xmpp::stanza_kind::message, take);
    stanzas.receive(xmpp::stanza_kind::headline, take);
    stanzas.receive(xmpp::stanza_kind::groupchat, take);
    stanzas.receive(xmpp::stanza_kind::message_error,
                    [this](const xmpp::incoming_stanza& s, xmpp::link&) { return receive_error(s); });
}

awaitable<void> message_to_sip::receive(const xmpp::incoming_stanza& stanza, xmpp::link& via) {
    auto reading = read_xmpp(stanza.tree);
    if (std::holds_alternative<nothing_to_send>(reading)) co_return;
    auto what = std::make_shared<arrival>();
    what->from = stanza.from;
    what->to = stanza.to;
    what->id = xml::attribute(stanza.tree, "id");
    what->type = xml::attribute(stanza.tree, "type");
    what->via_component = stanza.via_component;
    what->via = &via;
    what->at = steady_clock::now();
    if (auto* error = std::get_if<xmpp::stanza_error>(&reading)) {
        refuse(*what, std::move(*error));
        co_return;
    }
    what->page = std::move(std::get<page_message>(reading));
    if (!what->page.take_hop()) {
        refuse(*what, xmpp::stanza_error::of("not-acceptable", "the message has passed too many servers"));
        co_return;
    }
    submit(what);
}

void message_to_sip::submit(const std::shared_ptr<arrival>& what) {
    session::job work;
    work.bytes = 2048 + what->page.html.size();
    for (const auto& body : what->page.bodies) work.bytes += body.text.size();
    work.run = [this, what]() -> awaitable<void> { return deliver(what); };
    work.abandon = [this, what] { refuse(*what, shutting_down()); };
    work.failed = [this, what] {
        refuse(*what, xmpp::stanza_error::of("internal-server-error", "the gateway failed to handle it"));
    };
    auto& lanes = state_.with.lanes;
    if (lanes.submit(lane_of(what->from, what->to), std::move(work))) return;
    refuse(*what, lanes.closed() ? shutting_down()
                                 : xmpp::stanza_error::of("resource-constraint",
                                                          "too many messages wait for this address"));
}

// What has waited behind a request that nobody answered as long as that one may wait does not go the same
// way: in a burst to a dead phone each sender would else learn of it another 32 s later.
bool message_to_sip::outwaited(const arrival& what) {
    const auto now = steady_clock::now();
    const auto* since = silent_.find(lane_of(what.from, what.to), now);
    return since != nullptr && *since >= what.at && now - what.at >= state_.patience;
}

void message_to_sip::note_answer(const arrival& what, const sip::outcome& outcome) {
    const auto lane = lane_of(what.from, what.to);
    const bool silent = outcome.why == sip::unanswered::timeout || outcome.why == sip::unanswered::dns_silent;
    const auto now = steady_clock::now();
    if (silent)
        silent_.put(lane, now, now + state_.patience);
    else
        silent_.erase(lane);
}

awaitable<void> message_to_sip::deliver(std::shared_ptr<arrival> what) {
    const auto& c = state_.with;
    if (outwaited(*what)) {
        refuse(*what, xmpp::stanza_error::of("remote-server-timeout", "the one before it was not answered"));
        co_return;
    }
    identity::xmpp_facts facts{what->from, what->to, what->via_component};
    auto decision = co_await c.routes.decide(std::move(facts));
    if (const auto* why = std::get_if<identity::refusal>(&decision)) {
        refuse(*what, error_of(*why));
        co_return;
    }
    const auto& way = std::get<identity::to_sip>(decision);
    if (const auto over = c.limits.admit_message(way, false, steady_clock::now())) {
        refuse(*what, error_of(*over));
        co_return;
    }
    c.routes.note_talk(way);
    state_.memory.note(way.home_from, way.home_to, {what->from.resource(), what->page.thread},
                       steady_clock::now());
    const auto outcome = co_await send_page(what->page, way);
    note_answer(*what, outcome);
    crossing_log::event event{way.home_from, way.home_to, what->from.domain(), std::to_string(outcome.status),
                              outcome.reason};
    if (outcome.status / 100 == 2) {
        state_.to_sip.add();
        state_.log.delivered(event);
        co_return;
    }
    state_.log.not_delivered(event, steady_clock::now());
    auto error = to_stanza_error(outcome);
    // RFC 6120 section 8.3.1: what nobody on the far side said is ours.
    if (!outcome.response) error.by = c.served.gateway_name();
    bounce(*what, error);
}

// Rich text goes where it is known to be taken; whoever refuses it after all gets the plain text at once.
awaitable<sip::outcome> message_to_sip::send_page(const page_message& page, const identity::to_sip& way) {
    const auto& c = state_.with;
    sip_envelope envelope;
    envelope.request_uri = way.to;
    envelope.from = way.from;
    envelope.to = way.to;
    envelope.to.remove_parameter("gr");
    envelope.call_id = call_id_for_thread(page.thread, c.served.gateway_name());
    const bool threaded = !envelope.call_id.empty();
    if (!threaded) {
        envelope.call_id = random_token(128);
        envelope.from_tag = random_token(64);
    }
    if (c.settings().message.xhtml)
        envelope.markup = state_.memory.markup_for(way.home_to, steady_clock::now());
    for (envelope.cseq = 1;; ++envelope.cseq) {
        if (threaded) {
            const auto call = state_.memory.next_in(envelope.call_id, steady_clock::now());
            envelope.cseq = call.cseq;
            envelope.from_tag = call.from_tag;
        }
        auto request = write_sip(page, envelope);
        auto hop = way.hop;
        auto outcome = co_await c.sip.send(std::move(request), std::move(hop));
        const bool rich = envelope.markup != rich_text::none && !page.html.empty();
        if (outcome.status != 415 || !rich) co_return outcome;
        state_.memory.forget_markup(way.home_to);
        envelope.markup = rich_text::none;
    }
}

awaitable<void> message_to_sip::receive_error(const xmpp::incoming_stanza& stanza) {
    const std::string id(xml::attribute(stanza.tree, "id"));
    const auto error = xmpp::read_error(stanza.tree);
    std::optional<late_notice> late;
    if (!state_.open.resolve(id, stanza.from, error, late) || !late) co_return;
    auto task = [this, notice = std::move(*late), error]() -> awaitable<void> {
        return tell_late(notice, error);
    };
    state_.with.tasks.spawn_isolated(std::move(task));
}

// The request was answered 202 before the error came: the sender learns of it by a message from whom it wrote
// to.
awaitable<void> message_to_sip::tell_late(late_notice notice, xmpp::stanza_error error) {
    page_message page;
    const std::string reason = error.text.empty() ? error.condition : error.text;
    page.hops_left = notice_hops;
    page.bodies.push_back({"", "Not delivered: \"" + notice.quote + "\" (" + reason + ")"});
    const auto to = sip::uri::parse(notice.to), from = sip::uri::parse(notice.from);
    if (!to || !from) co_return;
    sip_envelope envelope;
    envelope.request_uri = *to;
    envelope.to = *to;
    envelope.from = *from;
    envelope.call_id = random_token(128);
    envelope.from_tag = random_token(64);
    auto request = write_sip(page, envelope);
    auto hop = state_.with.routes.sip_hop(to->host);
    co_await state_.with.sip.send(std::move(request), std::move(hop));
}

// What this gateway itself says; the error names it (RFC 6120 section 8.3.1).
void message_to_sip::refuse(const arrival& what, xmpp::stanza_error error) {
    const auto& served = state_.with.served;
    const auto from = identity::home_address(what.from, served);
    const auto to = identity::home_address(what.to, served);
    state_.log.refused({from, to, what.from.domain(), error.condition, error.text}, steady_clock::now());
    error.by = served.gateway_name();
    bounce(what, error);
}

void message_to_sip::bounce(const arrival& what, const xmpp::stanza_error& error) {
    state_.refused_xmpp.add();
    xml::document stub;
    auto stanza = xml::add_child(stub, "jabber:client", "message");
    if (!what.type.empty()) xml::set_attribute(stanza, "type", what.type);
    if (!what.id.empty()) xml::set_attribute(stanza, "id", what.id);
    xml::set_attribute(stanza, "from", what.from.to_string());
    xml::set_attribute(stanza, "to", what.to.to_string());
    auto bytes = xmpp::error_reply(stanza, error);
    if (bytes && !what.via->post({what.to, what.from, std::move(*bytes)}))
        log::warn("bounce_lost",
                  {{"to", what.from.bare().to_string()}, {"reason", "the queue to its server is full"}});
}

}  // namespace stox::interwork
