// SPDX-License-Identifier: Apache-2.0
#include "xmpp/router.hpp"

#include <exception>
#include <utility>

#include "observe/log.hpp"
#include "runtime/timer.hpp"

namespace stox::xmpp {
namespace {

constexpr seconds longest_wait{10};      // for room in the queue of answers
constexpr milliseconds look_again{20};   // while waiting for it
constexpr seconds warning_interval{60};  // between two log lines about dropped answers

// Whether an address is all that the stanza says, and not only the domain of a malformed one.
bool is_whole(const jid& address, std::string_view written) {
    const bool only_domain = address.local().empty() && address.resource().empty();
    return !only_domain || address.domain() == written || jid::parse(written).has_value();
}

stanza_kind message_kind(std::string_view type) {
    if (type == "error") return stanza_kind::message_error;
    if (type == "groupchat") return stanza_kind::groupchat;
    if (type == "headline") return stanza_kind::headline;
    return stanza_kind::message;
}

stanza_kind presence_kind(std::string_view type) {
    if (type == "error") return stanza_kind::presence_error;
    if (type == "probe") return stanza_kind::probe;
    if (type.empty() || type == "unavailable") return stanza_kind::presence;
    return stanza_kind::subscription;
}

// Whether a stanza that nobody receives is answered with an error. Presence that comes unasked, headlines and
// everything that is itself an answer are not.
bool wants_refusal(stanza_kind kind, std::string_view type) {
    if (kind == stanza_kind::subscription) return type == "subscribe";
    return kind == stanza_kind::message || kind == stanza_kind::groupchat;
}

// RFC 6120 section 8.2.3 rules 1 to 4: the only child element, none when there is not exactly one.
xml::element only_child(xml::element iq) {
    xml::element found;
    for (const auto& c : iq.children()) {
        if (c.type() != pugi::node_element) continue;
        if (found) return {};
        found = c;
    }
    return found;
}

std::string result_bytes(xml::element iq, const std::string& payload) {
    xml::document d;
    auto reply = xml::add_child(d, "", "iq");
    xml::set_attribute(reply, "from", xml::attribute(iq, "to"));
    xml::set_attribute(reply, "to", xml::attribute(iq, "from"));
    xml::set_attribute(reply, "id", xml::attribute(iq, "id"));
    xml::set_attribute(reply, "type", "result");
    std::string bytes = xml::to_bytes(reply);
    if (payload.empty()) return bytes;
    bytes.replace(bytes.size() - 2, 2, ">");
    return bytes.append(payload).append("</iq>");
}

}  // namespace

stanza_kind kind_of(xml::element stanza) {
    const auto type = xml::attribute(stanza, "type");
    return std::string_view(stanza.name()) == "message" ? message_kind(type) : presence_kind(type);
}

void router::respond(iq_type type, std::string ns, std::string name, iq_responder responder) {
    responders_[iq_key(type, std::move(ns), std::move(name))] = std::move(responder);
}

void router::receive(stanza_kind kind, stanza_receiver receiver) {
    receivers_.at(static_cast<std::size_t>(kind)) = std::move(receiver);
}

awaitable<void> router::dispatch(const incoming_stanza& stanza, link& via) {
    const auto kind = kind_of(stanza.tree);
    const auto& receiver = receivers_.at(static_cast<std::size_t>(kind));
    if (!is_whole(stanza.from, xml::attribute(stanza.tree, "from")) ||
        !is_whole(stanza.to, xml::attribute(stanza.tree, "to"))) {
        const auto error = stanza_error::of("jid-malformed");
        co_await refuse(stanza, via, error);
    } else if (std::string_view(stanza.tree.name()) == "iq") {
        co_await dispatch_iq(stanza, via);
    } else if (receiver) {
        co_await receiver(stanza, via);
    } else if (wants_refusal(kind, xml::attribute(stanza.tree, "type"))) {
        const auto error = stanza_error::of("service-unavailable");
        co_await refuse(stanza, via, error);
    }
}

awaitable<void> router::dispatch_iq(const incoming_stanza& stanza, link& via) {
    const auto type = xml::attribute(stanza.tree, "type");
    if (type == "result" || type == "error") {
        if (tracker_.answered(stanza)) co_return;
        unexpected_.add();
        log::debug("xmpp.iq.unexpected", {{"from", stanza.from.to_string()}, {"to", stanza.to.to_string()}});
        co_return;
    }
    const auto answer = answer_iq(stanza, type);
    if (answer.failure()) {
        co_await refuse(stanza, via, *answer.failure());
    } else {
        std::string bytes = result_bytes(stanza.tree, answer.payload());
        co_await reply(stanza, via, std::move(bytes));
    }
}

iq_answer router::answer_iq(const incoming_stanza& stanza, std::string_view type) const {
    if (type != "get" && type != "set")
        return iq_answer::error(
            stanza_error::of("bad-request", "an iq needs a type of get, set, result or error"));
    if (xml::attribute(stanza.tree, "id").empty())
        return iq_answer::error(stanza_error::of("bad-request", "an iq needs an id"));
    const auto payload = only_child(stanza.tree);
    if (!payload) return iq_answer::error(stanza_error::of("bad-request", "an iq holds exactly one element"));
    const auto found =
        responders_.find(iq_key(type == "get" ? iq_type::get : iq_type::set,
                                std::string(xml::namespace_of(payload)), std::string(payload.name())));
    if (found == responders_.end()) return iq_answer::error(stanza_error::of("service-unavailable"));
    try {
        return found->second(iq_request{stanza, payload});
    } catch (const std::exception& e) {  // a fault of ours must not cost the peer its stream
        log::error("xmpp.iq.failed", {{"from", stanza.from.to_string()}, {"reason", e.what()}});
        return iq_answer::error(stanza_error::of("internal-server-error"));
    }
}

awaitable<void> router::refuse(const incoming_stanza& stanza, link& via, const stanza_error& error) {
    refused_.add();
    auto bytes = error_reply(stanza.tree, error);
    if (bytes) co_await reply(stanza, via, std::move(*bytes));
}

// RFC 6120 section 8.2.3 rule 3: a request must be answered. Who asks faster than the answers leave is read
// more slowly, as this is awaited by the stream's reader. The acknowledgements that would make room may come
// on that very stream (XEP-0198): a wait in vain is not repeated at once.
awaitable<void> router::reply(const incoming_stanza& stanza, link& via, std::string bytes) {
    const outgoing_stanza answer{stanza.to, stanza.from, std::move(bytes)};
    const std::string& domain = answer.to.domain();
    const auto began = steady_clock::now();
    const bool stuck = domain == stuck_domain_ && began < stuck_until_;
    const auto until = stuck ? began : began + longest_wait;
    for (;;) {
        outgoing_stanza copy = answer;
        if (via.post(std::move(copy))) co_return;
        if (steady_clock::now() >= until) break;
        co_await sleep_for(look_again);
    }
    if (!stuck) {
        stuck_domain_ = domain;
        stuck_until_ = steady_clock::now() + longest_wait;
    }
    drop(domain);
}

void router::drop(const std::string& domain) {
    dropped_.add();
    const auto now = steady_clock::now();
    if (warned_ != steady_time{} && now < warned_ + warning_interval) return;
    warned_ = now;
    log::warn("xmpp.reply.dropped", {{"domain", domain}, {"reason", "the queue of answers is full"}});
}

}  // namespace stox::xmpp
