// SPDX-License-Identifier: Apache-2.0
// The message feature between a stack and a link of the test's own: requests and stanzas go in as text, what
// comes out is kept. DNS, domains and addresses are those of tests/unit/identity/zone.hpp: XMPP users at
// capulet.example.net, SIP users at montague.example.net.
#pragma once

#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "interwork/message/message_feature.hpp"
#include "runtime/timer.hpp"
#include "tests/unit/identity/zone.hpp"
#include "tests/unit/xmpp/memory_link.hpp"

namespace stox::test {

/// A request as it arrived from romeo's proxy, and the answer that it got.
class request_in final : public sip::incoming_request {
  public:
    request_in(sip::message m, sip::flow f) : request_(std::move(m)), flow_(std::move(f)) {}
    const sip::message& request() const override { return request_; }
    const sip::flow& from() const override { return flow_; }
    void respond(sip::message response) override {
        if (answered_) return;
        answered_ = true;
        status = response.status();
        warning = response.header("Warning").value_or("");
    }
    void respond(int code, std::string_view reason) override {
        respond(sip::message::response(request_, code, reason));
    }
    bool answered() const override { return answered_; }
    std::string_view id() const override { return "test"; }
    void mark_proven() override { proven = true; }

    bool proven = false;
    int status = 0;
    std::string warning;

  private:
    sip::message request_;
    sip::flow flow_;
    bool answered_ = false;
};

/// Keeps what is sent; answers as scripted, 200 when the script is empty.
class scripted_stack final : public sip::stack {
  public:
    std::vector<sip::message> sent;
    std::deque<std::function<awaitable<sip::outcome>(const sip::message&)>> script;
    sip::request_handler handler;

    static sip::outcome answer(const sip::message& request, int status) {
        sip::outcome out;
        out.status = status;
        out.response = sip::message::response(request, status);
        out.reason = out.response->reason();
        return out;
    }
    void then_answer(int status) {
        script.push_back([status](const sip::message& request) -> awaitable<sip::outcome> {
            co_return answer(request, status);
        });
    }
    void then_fail(sip::unanswered why, int status) {
        script.push_back([why, status](const sip::message&) -> awaitable<sip::outcome> {
            sip::outcome out;
            out.why = why;
            out.status = status;
            out.reason = "scripted";
            co_return out;
        });
    }
    void then_throw() {
        script.push_back([](const sip::message&) -> awaitable<sip::outcome> {
            co_await yield();
            throw std::runtime_error("scripted");
        });
    }
    void then_hang() {
        script.push_back([](const sip::message& request) -> awaitable<sip::outcome> {
            co_await sleep_for(std::chrono::hours(1));
            co_return answer(request, 200);
        });
    }

    awaitable<sip::outcome> send(sip::message request, sip::next_hop) override {
        sent.push_back(request.clone());
        if (script.empty()) co_return answer(request, 200);
        const auto next = std::move(script.front());
        script.pop_front();
        auto out = co_await next(request);
        co_return out;
    }
    void handle(std::string, sip::request_handler h) override { handler = std::move(h); }
    awaitable<bool> prove_source(const sip::flow&) override { co_return true; }
    std::vector<std::string> open() override { return {}; }
    awaitable<void> run() override { co_return; }
    void drain() override {}
    void on_admission(std::function<admission(const sip::message&, const sip::flow&)>) override {}
    void on_dialog_lookup(std::function<bool(const sip::message&)>) override {}
    void accept_type(std::string) override {}
    sip::uri contact_for(const sip::flow&, std::string_view) const override { return {}; }
    void set_tap(sip::tap*) override {}
    void set_credentials(sip::credential_source) override {}
    std::size_t connection_count() const override { return 0; }
    std::size_t transaction_count() const override { return 0; }
};

/// A link whose far side may answer each stanza with an error stanza, or throw.
class scripted_link final : public xmpp::link {
  public:
    std::vector<xmpp::outgoing_stanza> sent, posted;
    std::optional<xmpp::stanza_error> refusal;
    std::function<awaitable<void>(const xmpp::outgoing_stanza&)> meanwhile;

    awaitable<std::optional<xmpp::stanza_error>> send(xmpp::outgoing_stanza stanza, milliseconds) override {
        sent.push_back(stanza);
        if (meanwhile) co_await meanwhile(stanza);
        auto verdict = refusal;
        co_return verdict;
    }
    bool post(xmpp::outgoing_stanza stanza) override {
        posted.push_back(std::move(stanza));
        return true;
    }
};

struct crossing : gateway {
    asio::io_context io;
    scripted_stack stack;
    scripted_link federation;
    xmpp::iq_tracker iqs{io.get_executor()};
    xmpp::router stanzas{iqs};
    xmpp::xep::disco disco;
    identity::request_limits limits{settings.limits, *served};
    task_group tasks{io.get_executor()};
    session::lanes lanes{tasks, {100, 1000, 1U << 20U}};
    observe::journal journal{1000, 1U << 20U};
    observe::conversation_ids ids{100};
    session::trace trace{journal, ids, *served};
    interwork::context context{io.get_executor(), stack,  federation, nullptr, stanzas, disco, *served,
                               *router,           *trust, limits,     lanes,   trace,   tasks};
    interwork::message_state state{context};
    interwork::message_to_xmpp sip_side{state};
    interwork::message_to_sip xmpp_side{state};

    ~crossing() {
        tasks.cancel();
        asio::co_spawn(
            io, [this]() -> awaitable<void> { co_await tasks.join(); }, [](std::exception_ptr) {});
        settle();
    }

    /// Until nothing more happens by itself; graces of the feature pass in real time.
    void settle() {
        io.restart();
        io.run();
    }
    /// Until nothing more happens without waiting.
    void poll() {
        io.restart();
        while (io.poll() > 0) {
        }
    }

    static constexpr const char* romeo = "sip:romeo@montague.example.net";
    static constexpr const char* juliet = "sip:juliet@capulet.example.net";

    /// A MESSAGE from the source that montague's records name; not yet handled to its end.
    std::shared_ptr<request_in> sip_in(const std::string& body, const std::string& headers = "",
                                       const std::string& from = romeo, const std::string& to = juliet,
                                       std::string_view source = "198.51.100.2",
                                       sip::transport kind = sip::transport::tcp) {
        static int number = 0;
        const std::string n = std::to_string(++number);
        std::string text = "MESSAGE " + to + " SIP/2.0\r\nVia: SIP/2.0/TCP s.example;branch=z9hG4bK" + n +
                           "\r\nFrom: <" + from + ">;tag=1\r\nTo: <" + to + ">\r\nCall-ID: call" + n +
                           "\r\nCSeq: 1 MESSAGE\r\n" + headers;
        if (headers.find("Max-Forwards") == std::string::npos) text += "Max-Forwards: 70\r\n";
        if (headers.find("Content-Type") == std::string::npos) text += "Content-Type: text/plain\r\n";
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        sip::flow flow;
        flow.kind = kind;
        flow.remote = {ip(source), 5060};
        flow.local = {ip("10.0.0.5"), 5060};
        auto request = std::make_shared<request_in>(std::move(sip::message::parse(std::move(text)).value()),
                                                    std::move(flow));
        asio::co_spawn(io, stack.handler(request), [](std::exception_ptr) {});
        return request;
    }
    /// A stanza that arrived by federation; not yet handled to its end.
    void xmpp_in(const std::string& stanza) {
        const auto held = std::make_shared<xmpp::test::arrived>(stanza);
        asio::co_spawn(
            io, [this, held]() { return stanzas.dispatch(held->stanza, federation); },
            [held](std::exception_ptr) {});
    }
    void chat_in(const std::string& children, const std::string& id = "m1",
                 const std::string& from = "juliet@capulet.example.net/balcony",
                 const std::string& to = "romeo@montague.example.net") {
        xmpp_in("<message from='" + from + "' to='" + to + "' id='" + id + "' type='chat'>" + children +
                "</message>");
    }
    /// The error stanza that the addressee of `stanza` answers with.
    void error_to(const xmpp::outgoing_stanza& stanza, const std::string& condition) {
        const auto error = xmpp::stanza_error::of(condition);
        const auto id = stanza.bytes.substr(stanza.bytes.find(" id=") + 5);
        xmpp_in("<message type='error' from='" + stanza.to.to_string() + "' to='" + stanza.from.to_string() +
                "' id='" + id.substr(0, id.find_first_of("'\"")) + "'><error type='" + error.type + "'><" +
                condition + " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
    }
};

inline bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace stox::test
