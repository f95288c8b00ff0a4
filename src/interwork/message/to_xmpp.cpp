// SPDX-License-Identifier: Apache-2.0
// SIP to XMPP: a MESSAGE request is proven, routed, written as a stanza and answered only when the far side
// has taken it (docs/adr/0002). Next: identity/route.hpp, codec_sip.hpp, codec_xmpp.hpp.
#include <variant>

#include "base/random.hpp"
#include "identity/home.hpp"
#include "interwork/common/encode.hpp"
#include "interwork/common/error_map.hpp"
#include "interwork/common/refusal_response.hpp"
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
// Notices travel ten hops, and what may travel few gets none: two gateways must not write notices about
// notices.
constexpr int hops_worth_a_notice = 20;

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

std::string source_of(const sip::incoming_ptr& request) {
    return net::source_prefix(net::unmapped(request->from().remote.ip)).to_string();
}

// A listed peer's callers go by the name that the gateway uses for them.
std::string home_of_sender(const sip::incoming_ptr& request, const identity::served_domains& served) {
    const auto& m = request->request();
    if (const auto* peer = identity::listed_peer(served.settings(), request->from().remote.ip)) {
        const auto named = identity::sender_named_by(*peer, identity::sender_claim::of(m, request->from()));
        if (const auto* who = std::get_if<identity::proven_sender>(&named))
            return identity::home_address(who->address, served);
    }
    return identity::home_address(address_in(m, "From"), served);
}

identity::refusal shutting_down() { return identity::refusal::too_much("this host is shutting down", 30); }

identity::refusal too_many_hops() {
    identity::refusal out;
    out.status = 483;
    out.condition = "not-acceptable";
    out.text = "the message has passed too many servers";
    return out;
}

identity::refusal broken_here() {
    identity::refusal out;
    out.status = 500;
    out.condition = "internal-server-error";
    out.type = "cancel";
    out.text = "this host failed to handle the message";
    return out;
}

}  // namespace

// A message that may go on, ready for the link.
struct message_to_xmpp::crossing {
    identity::to_xmpp way;
    std::string id, bytes;
    late_notice notice;
    steady_time arrived;
};

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
    work.abandon = [this, request] { refuse(request, shutting_down()); };
    work.failed = [this, request] { refuse(request, broken_here()); };
    if (!state_.with.lanes.submit(lane_of(request->request()), std::move(work)))
        refuse(request, identity::refusal::too_much("too many messages are waiting for this address", 5));
    co_return;
}

// The proven sender of a request whose target may be ours; nullopt: it was answered.
awaitable<std::optional<identity::proven_sender>> message_to_xmpp::prove(sip::incoming_ptr request,
                                                                         sip::uri target) {
    const auto& c = state_.with;
    const auto source = request->from().remote.ip;
    std::string payer = net::to_host(source);
    std::optional<net::ip_address> reached = request->from().local.ip;
    const auto closed = co_await c.routes.admits_sip_target(std::move(target), std::move(payer), reached);
    if (closed) {
        refuse(request, *closed);
        co_return std::nullopt;
    }
    auto claim = identity::sender_claim::of(request->request(), request->from());
    const identity::request_limits::proving patience(c.limits, source);
    auto proof = co_await c.trust.prove(std::move(claim));
    if (const auto* why = std::get_if<identity::refusal>(&proof)) {
        refuse(request, *why);
        co_return std::nullopt;
    }
    c.limits.note_proven(source, steady_clock::now());
    request->mark_proven();
    co_return std::get<identity::proven_sender>(std::move(proof));
}

// The text of a request; nullopt: it was answered, because there is none or none that can cross.
std::optional<page_message> message_to_xmpp::read(const sip::incoming_ptr& request,
                                                  const identity::proven_sender& sender,
                                                  const sip::uri& target) {
    auto reading = read_sip(request->request(), sender.address);
    if (const auto* failure = std::get_if<sip_failure>(&reading)) {
        const auto& served = state_.with.served;
        const auto from = identity::home_address(sender.address, served);
        const auto to = identity::home_address(target, served);
        const auto& words = failure->headers.empty() ? failure->reason : failure->headers.back().second;
        state_.refused_sip.add();
        state_.log.refused({from, to, source_of(request), std::to_string(failure->status), words},
                           steady_clock::now());
        answer_failure(request, *failure);
        return std::nullopt;
    }
    if (std::holds_alternative<nothing_to_send>(reading)) {
        request->respond(200);
        return std::nullopt;
    }
    auto page = std::move(std::get<page_message>(reading));
    if (sender.anonymous) page.sender_name.clear();
    return page;
}

awaitable<void> message_to_xmpp::deliver(sip::incoming_ptr request, steady_time arrived) {
    const auto& c = state_.with;
    const auto& m = request->request();
    const auto target = sip::uri::parse(m.request_uri());
    if (!target) {
        request->respond(400, "Bad Request-URI");
        co_return;
    }
    auto wanted = *target;
    const auto sender = co_await prove(request, std::move(wanted));
    if (!sender) co_return;
    auto page = read(request, *sender, *target);
    if (!page) co_return;
    const bool worth_a_notice = page->hops_left.value_or(hops_worth_a_notice) >= hops_worth_a_notice;
    if (!page->take_hop()) co_return refuse(request, too_many_hops());
    identity::sip_facts facts{*target, address_in(m, "To"), sender->address,
                              net::to_host(request->from().remote.ip), request->from().local.ip};
    auto decision = co_await c.routes.decide(std::move(facts));
    if (const auto* why = std::get_if<identity::refusal>(&decision)) co_return refuse(request, *why);
    auto& way = std::get<identity::to_xmpp>(decision);
    if (const auto over = c.limits.admit_message(way, sender->listed_peer, steady_clock::now()))
        co_return refuse(request, *over);
    c.routes.note_talk(way);
    state_.memory.note_markup(way.home_from, markup_taken_by_sender(m), arrived);
    auto what = prepare(std::move(*page), std::move(way), arrived);
    if (worth_a_notice) {
        what->notice.to = sender->address.aor().to_string();
        what->notice.from = target->aor().to_string();
    }
    // From here on the pair's next message may be prepared: the link keeps the order in which sends begin.
    auto rest = [this, request, what]() -> awaitable<void> { return pass_on(request, what); };
    if (!c.tasks.spawn_isolated(std::move(rest))) refuse(request, shutting_down());
}

std::shared_ptr<message_to_xmpp::crossing> message_to_xmpp::prepare(page_message page, identity::to_xmpp way,
                                                                    steady_time arrived) {
    const auto& settings = state_.with.settings().message;
    const auto last =
        state_.memory.recall(way.home_to, way.home_from, arrived).value_or(message_memory::last_words{});
    if (!last.thread.empty()) page.thread = last.thread;
    if (way.to.is_bare()) way.to = way.to.with_resource(last.resource);
    // Most user agents write every MESSAGE under a new Call-ID: the pair stays in the thread of the first.
    state_.memory.note(way.home_to, way.home_from, {last.resource, page.thread}, arrived);
    xmpp_envelope envelope;
    envelope.from = way.from;
    envelope.to = way.to;
    envelope.id = random_token(80);
    envelope.chat = settings.default_type == config::message_type::chat;
    envelope.with_html = settings.xhtml;
    auto what = std::make_shared<crossing>();
    what->bytes = write_xmpp(page, envelope);
    what->id = std::move(envelope.id);
    what->way = std::move(way);
    what->notice.quote = first_characters(page.text(), quoted_characters);
    what->arrived = arrived;
    return what;
}

awaitable<void> message_to_xmpp::pass_on(sip::incoming_ptr request, std::shared_ptr<crossing> what) {
    const auto& c = state_.with;
    const auto& way = what->way;
    const auto waiting = state_.open.open(what->id, way.to, std::move(what->notice));
    const auto spent = std::chrono::duration_cast<milliseconds>(steady_clock::now() - what->arrived);
    const milliseconds limit = answer_limit - spent;
    xmpp::outgoing_stanza stanza{way.from, way.to, std::move(what->bytes)};
    std::optional<xmpp::stanza_error> failure;
    std::exception_ptr broken;
    try {
        failure = co_await c.link_for(way).send(std::move(stanza), limit);
        if (!failure) failure = co_await waiting->wait(what->arrived + error_grace);
    } catch (...) {
        broken = std::current_exception();
    }
    if (broken) {
        refuse(request, is_cancelled(broken) ? shutting_down() : broken_here());
        std::rethrow_exception(broken);
    }
    crossing_log::event event{way.home_from, way.home_to, source_of(request), "202", {}};
    if (failure) {
        const auto answer = to_sip(*failure);
        state_.refused_sip.add();
        event.status = std::to_string(answer.status);
        event.reason = failure->condition;
        if (!failure->text.empty()) event.reason += " " + failure->text;
        state_.log.not_delivered(event, steady_clock::now());
        answer_failure(request, answer);
        co_return;
    }
    state_.to_xmpp.add();
    state_.log.delivered(event);
    waiting->answered();
    request->respond(202);
}

void message_to_xmpp::refuse(const sip::incoming_ptr& request, const identity::refusal& why) {
    if (request->answered()) return;
    state_.refused_sip.add();
    const auto& m = request->request();
    const auto target = sip::uri::parse(m.request_uri());
    const auto& served = state_.with.served;
    const auto from = home_of_sender(request, served);
    const auto to = identity::home_address(target ? *target : address_in(m, "To"), served);
    const auto now = steady_clock::now();
    state_.log.refused({from, to, source_of(request), std::to_string(why.status), why.text}, now);
    if (!why.nat_line.empty() && target) state_.log.needs_public_address(target->host, why.nat_line, now);
    request->respond(refusal_response(m, why, state_.with.trust.is_real_source(request->from())));
}

}  // namespace stox::interwork
