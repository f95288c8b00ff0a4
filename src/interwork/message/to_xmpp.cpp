// SPDX-License-Identifier: Apache-2.0
// SIP to XMPP: a MESSAGE request is proven, routed, written as a stanza and answered only when the far side
// has taken it (docs/adr/0002). Next: identity/route.hpp, codec_sip.hpp, codec_xmpp.hpp.
#include <variant>

#include "base/random.hpp"
#include "identity/home.hpp"
#include "interwork/common/encode.hpp"
#include "interwork/common/error_map.hpp"
#include "interwork/message/codec_sip.hpp"
#include "interwork/message/codec_xmpp.hpp"
#include "interwork/message/message_feature.hpp"

namespace stox::interwork {
namespace {

// RFC 3261 17.1.2.2: timer F of the sender runs 32 s; an answer must reach it before.
constexpr auto answer_limit = seconds(28);
// Before the first retransmission over UDP (timer E, T1 = 500 ms) an error stanza can still become the
// answer.
constexpr auto error_grace = milliseconds(400);
constexpr std::size_t quoted_characters = 40;

void answer_failure(const sip::incoming_ptr& request, const sip_failure& failure) {
    auto response = sip::message::response(request->request(), failure.status, failure.reason);
    failure.apply_to(response);
    request->respond(std::move(response));
}

sip::uri address_in(const sip::message& m, std::string_view header) {
    const auto value = m.header(header);
    if (!value) return {};
    const auto parsed = sip::name_addr::parse(*value);
    return parsed ? parsed->address : sip::uri{};
}

// Of a message that waits; the transaction around it weighs about as much as a small text.
std::size_t cost_of(const sip::message& m) { return 2048 + m.body().size(); }

std::string lane_of(const sip::message& m) {
    std::string key = "sip\n";
    key += address_in(m, "From").aor().to_string();
    key += '\n';
    key += m.request_uri();
    return key;
}

}  // namespace

message_to_xmpp::message_to_xmpp(message_state& state) : state_(state) {
    auto& stack = state_.with.sip;
    stack.handle("MESSAGE", [this](sip::incoming_ptr request) { return admit(std::move(request)); });
    for (const auto type :
         {"text/plain", "text/html", "message/cpim", "multipart/alternative", "multipart/mixed"})
        stack.accept_type(type);
}

awaitable<void> message_to_xmpp::admit(sip::incoming_ptr request) {
    const auto arrived = steady_clock::now();
    session::job work;
    work.bytes = cost_of(request->request());
    work.run = [this, request, arrived]() -> awaitable<void> { return deliver(request, arrived); };
    work.abandon = [this, request] {
        refuse(request, identity::refusal::too_much("this host is shutting down", 30));
    };
    if (!state_.with.lanes.submit(lane_of(request->request()), std::move(work)))
        refuse(request, identity::refusal::too_much("too many messages are waiting for this address", 5));
    co_return;
}

awaitable<void> message_to_xmpp::deliver(sip::incoming_ptr request, steady_time arrived) {
    const auto& c = state_.with;
    const auto& m = request->request();
    auto target = sip::uri::parse(m.request_uri());
    if (!target) {
        request->respond(400, "Bad Request-URI");
        co_return;
    }
    const auto source = request->from().remote.ip;
    std::string payer = net::to_host(source);
    std::optional<net::ip_address> reached = request->from().local.ip;
    auto closed = co_await c.routes.admits_sip_target(*target, payer, reached);
    if (closed) {
        refuse(request, *closed);
        co_return;
    }
    auto claim = identity::sender_claim::of(m, request->from());
    const identity::request_limits::proving patience(c.limits, source);
    auto proof = co_await c.trust.prove(std::move(claim));
    if (const auto* why = std::get_if<identity::refusal>(&proof)) {
        refuse(request, *why);
        co_return;
    }
    const auto& sender = std::get<identity::proven_sender>(proof);
    c.limits.note_proven(source, steady_clock::now());
    auto reading = read_sip(m, sender.address);
    if (const auto* failure = std::get_if<sip_failure>(&reading)) {
        state_.refused_sip.add();
        answer_failure(request, *failure);
        co_return;
    }
    if (std::holds_alternative<nothing_to_send>(reading)) {
        request->respond(200);
        co_return;
    }
    auto& page = std::get<page_message>(reading);
    identity::sip_facts facts{*target, address_in(m, "To"), sender.address, payer, reached};
    auto decision = co_await c.routes.decide(std::move(facts));
    if (const auto* why = std::get_if<identity::refusal>(&decision)) {
        refuse(request, *why);
        co_return;
    }
    auto& way = std::get<identity::to_xmpp>(decision);
    if (const auto over = c.limits.admit_message(way, sender.listed_peer, steady_clock::now())) {
        refuse(request, *over);
        co_return;
    }
    state_.memory.note_markup(way.home_from, markup_taken_by_sender(m), arrived);
    if (const auto last = state_.memory.recall(way.home_to, way.home_from, arrived)) {
        if (!last->thread.empty()) page.thread = last->thread;
        if (way.to.is_bare()) way.to = way.to.with_resource(last->resource);
    }
    xmpp_envelope envelope;
    envelope.from = way.from;
    envelope.to = way.to;
    envelope.id = random_token(80);
    envelope.chat = c.settings().message.default_type == config::message_type::chat;
    envelope.with_html = c.settings().message.xhtml;
    late_notice notice{sender.address.aor().to_string(), target->aor().to_string(),
                       first_characters(page.text(), quoted_characters)};
    std::string bytes = write_xmpp(page, envelope);
    // From here on the pair's next message may be prepared: the link keeps the order in which sends begin.
    auto rest = [this, request, arrived, way, bytes = std::move(bytes), id = envelope.id,
                 notice = std::move(notice)]() mutable -> awaitable<void> {
        return pass_on(request, arrived, std::move(way), std::move(bytes), std::move(id), std::move(notice));
    };
    if (!c.tasks.spawn_isolated(std::move(rest)))
        refuse(request, identity::refusal::too_much("this host is shutting down", 30));
}

awaitable<void> message_to_xmpp::pass_on(sip::incoming_ptr request, steady_time arrived,
                                         identity::to_xmpp way, std::string bytes, std::string id,
                                         late_notice notice) {
    const auto& c = state_.with;
    const auto waiting = state_.open.open(std::move(id), way.to, std::move(notice));
    const auto spent = std::chrono::duration_cast<milliseconds>(steady_clock::now() - arrived);
    const milliseconds limit = answer_limit - spent;
    xmpp::outgoing_stanza stanza{way.from, way.to, std::move(bytes)};
    std::optional<xmpp::stanza_error> failure;
    std::exception_ptr broken;
    try {
        failure = co_await c.link_for(way).send(std::move(stanza), limit);
        if (!failure) failure = co_await waiting->wait(arrived + error_grace);
    } catch (...) {
        broken = std::current_exception();
    }
    if (broken) {
        refuse(request, identity::refusal::too_much("this host is shutting down", 30));
        std::rethrow_exception(broken);
    }
    if (failure) {
        state_.refused_sip.add();
        c.trace.decision(way.home_from, way.home_to,
                         "not delivered: " + failure->condition + " " + failure->text);
        answer_failure(request, to_sip(*failure));
        co_return;
    }
    state_.to_xmpp.add();
    waiting->answered();
    request->respond(202);
}

void message_to_xmpp::refuse(const sip::incoming_ptr& request, const identity::refusal& why) {
    state_.refused_sip.add();
    const auto& m = request->request();
    auto response = sip::message::response(m, why.status);
    if (why.retry_after > 0) response.add("Retry-After", std::to_string(why.retry_after));
    const auto explained = warning_value(why.warning, "stox", why.text);
    // An answer to somebody who may be forging the source address must not be larger than what it answers.
    const bool small = request->from().kind != sip::transport::udp ||
                       response.to_bytes().size() + explained.size() + 12 <= m.to_bytes().size();
    if (small && !why.text.empty()) response.add("Warning", explained);
    const auto from = identity::home_address(address_in(m, "From"), state_.with.served);
    const auto to = identity::home_address(address_in(m, "To"), state_.with.served);
    state_.with.trace.decision(from, to, "refused with " + std::to_string(why.status) + ": " + why.text);
    request->respond(std::move(response));
}

}  // namespace stox::interwork
