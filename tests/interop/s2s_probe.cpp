// SPDX-License-Identifier: Apache-2.0
// The XMPP links alone, against real servers: serves one domain by federation, or as a component, runs the
// steps given on the command line and prints what arrives, one line each. Not part of stoxd.
//   s2s_probe DOMAIN CERTS_DIR [--component HOST:PORT:SECRET] [--echo] STEP...
// Steps: send:TO:TEXT[:COUNT]  burst:TO:COUNT (all at once)  wait:COUNT (messages)  sleep:SECONDS  streams
//   from:JID (the sender from now on)
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/text.hpp"
#include "observe/log.hpp"
#include "runtime/event.hpp"
#include "runtime/task_group.hpp"
#include "runtime/timer.hpp"
#include "xmpp/component.hpp"
#include "xmpp/federation.hpp"
#include "xmpp/stream/tag.hpp"

using namespace stox;

namespace {

constexpr milliseconds send_limit{30'000};

class printing_tap : public xmpp::tap {
  public:
    void on_stanza(bool, std::string_view, const xmpp::jid&, const xmpp::jid&, xml::element,
                   std::string_view) override {}
    void on_event(std::string_view local, std::string_view remote, std::string_view words) override {
        std::printf("event %s %s: %s\n", std::string(local).c_str(), std::string(remote).c_str(),
                    std::string(words).c_str());
        std::fflush(stdout);
    }
};

struct probe {
    asio::io_context io;
    std::string domain;
    xmpp::link* link = nullptr;
    xmpp::federation* federation = nullptr;
    xmpp::component* component = nullptr;
    std::vector<std::string> steps;
    event arrived{io.get_executor()};
    std::size_t messages = 0;
    int failures = 0;
    bool echo = false;
    std::string sender;

    xmpp::outgoing_stanza message(const xmpp::jid& to, const std::string& text, const xmpp::jid& from) const {
        xmpp::stream::tag m("message");
        m.attribute("from", from.to_string()).attribute("to", to.to_string());
        m.attribute("type", "chat").attribute("id", "p" + std::to_string(messages));
        return {from, to, m.with_children(xmpp::stream::tag("body").with_text(text))};
    }

    awaitable<void> on_stanza(const xmpp::incoming_stanza& s) {
        const auto body = xml::text_of(xml::child(s.tree, s.ns, "body"));
        const auto whole = xml::to_bytes(s.tree, s.ns);
        std::printf("got %s from=%s to=%s type=%s body=%s\n", s.tree.name(), s.from.to_string().c_str(),
                    s.to.to_string().c_str(), std::string(xml::attribute(s.tree, "type")).c_str(),
                    body.empty() ? whole.c_str() : body.c_str());
        std::fflush(stdout);
        if (std::string_view(s.tree.name()) == "message" && !body.empty()) {
            ++messages;
            arrived.set();
            if (echo) link->post(message(s.from, "echo: " + body, s.to));
        }
        co_return;
    }

    awaitable<void> send_one(std::string to, std::string text) {
        const auto target = xmpp::jid::parse(to).value();
        const auto from = xmpp::jid::parse(sender.empty() ? "probe@" + domain : sender).value();
        auto stanza = message(target, text, from);
        const auto began = steady_clock::now();
        const auto error = co_await link->send(std::move(stanza), send_limit);
        const auto ms =
            std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began).count();
        if (error) ++failures;
        std::printf("sent %s %s: %s%s%s (%.1f ms)\n", to.c_str(), text.c_str(),
                    error ? error->condition.c_str() : "taken", error ? ": " : "",
                    error ? error->text.c_str() : "", static_cast<double>(ms) / 1000.0);
        std::fflush(stdout);
    }

    awaitable<void> burst(std::string to, std::size_t count) {
        task_group group(io.get_executor());
        for (std::size_t i = 0; i < count; ++i) {
            const auto text = "burst " + std::to_string(i);
            group.spawn([this, to, text] { return send_one(to, text); });
        }
        co_await group.join();
    }

    void print_streams() const {
        for (const auto& s : federation->streams())
            std::printf("stream %s %s %s %s bidi=%d sm=%d auth=%s queued=%zu unacked=%zu\n",
                        s.incoming ? "in" : "out", s.local_domain.c_str(), s.remote_domain.c_str(),
                        s.remote_address.c_str(), s.bidirectional, s.managed, s.authentication.c_str(),
                        s.queued, s.unacknowledged);
        std::fflush(stdout);
    }

    awaitable<void> run_step(std::string step) {
        const auto parts = split(step, ':');
        const std::string verb(parts[0]);
        if (verb == "sleep") {
            const auto span =
                milliseconds(static_cast<long>(std::atof(std::string(parts[1]).c_str()) * 1000));
            co_await sleep_for(span);
        } else if (verb == "wait") {
            const auto wanted = static_cast<std::size_t>(std::atol(std::string(parts[1]).c_str()));
            const auto until = steady_clock::now() + seconds(60);
            while (messages < wanted && steady_clock::now() < until) {
                arrived.reset();
                co_await arrived.wait(until);
            }
            if (messages < wanted) ++failures;
        } else if (verb == "send") {
            const int count = parts.size() > 3 ? std::atoi(std::string(parts[3]).c_str()) : 1;
            for (int i = 0; i < count; ++i) {
                std::string to(parts[1]), text(parts[2]);
                co_await send_one(std::move(to), std::move(text));
            }
        } else if (verb == "burst") {
            std::string to(parts[1]);
            const auto count = static_cast<std::size_t>(std::atol(std::string(parts[2]).c_str()));
            co_await burst(std::move(to), count);
        } else if (verb == "from") {
            sender = parts[1];
        } else if (verb == "streams" && federation != nullptr) {
            print_streams();
        }
    }

    awaitable<void> script() {
        for (const auto& step : steps) {
            std::string one = step;
            co_await run_step(std::move(one));
        }
        std::printf("done, %d failures\n", failures);
        std::fflush(stdout);
        throw boost::system::system_error(asio::error::operation_aborted);  // ends the links
    }

    awaitable<void> main() {
        task_group group(io.get_executor());
        if (federation != nullptr) group.spawn([this] { return federation->run(io.get_executor()); });
        if (component != nullptr) group.spawn([this] { return component->run(); });
        group.spawn([this] { return script(); });
        co_await group.join();
    }
};

std::vector<net::socket_address> any(std::uint16_t port) {
    return {net::socket_address{*net::parse_ip("0.0.0.0"), port},
            net::socket_address{*net::parse_ip("::"), port}};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    log::set_level(log::level::debug);
    probe p;
    printing_tap tap;
    p.domain = argv[1];
    const std::filesystem::path certs(argv[2]);
    net::certificate_store store({certs}, {});
    for (const auto& line : store.swap_in(store.load())) std::printf("certificates: %s\n", line.c_str());
    const auto resolver = dns::make_resolver(p.io.get_executor());
    xmpp::component_options component_options;
    bool as_component = false;
    for (int i = 3; i < argc; ++i) {
        const std::string arg = argv[i];
        if (arg == "--echo") {
            p.echo = true;
        } else if (arg == "--component") {
            const std::string value = argv[++i];
            const auto parts = split(value, ':');
            component_options.host = parts[0];
            component_options.port = parse_decimal<std::uint16_t>(parts[1], 65535).value();
            component_options.secret = parts[2];
            component_options.domain = p.domain;
            as_component = true;
        } else {
            p.steps.push_back(arg);
        }
    }
    std::unique_ptr<xmpp::federation> federation;
    std::unique_ptr<xmpp::component> component;
    const auto handler = [&p](const xmpp::incoming_stanza& s) { return p.on_stanza(s); };
    if (as_component) {
        component = xmpp::make_component(p.io.get_executor(), component_options, *resolver);
        component->on_stanza(handler);
        component->set_tap(&tap);
        p.component = component.get();
        p.link = component.get();
    } else {
        xmpp::federation_options options;
        options.listen = any(5269);
        options.listen_direct = any(5270);
        options.default_domain = p.domain;
        federation = xmpp::make_federation(p.io.get_executor(), options, *resolver, store);
        for (const auto& line : federation->open()) std::printf("not bound: %s\n", line.c_str());
        federation->on_stanza(handler);
        federation->set_tap(&tap);
        federation->set_domain_gate([&p](std::string domain) -> awaitable<bool> {
            const bool ours = domain == p.domain || domain.ends_with("." + p.domain);
            co_return ours;
        });
        p.federation = federation.get();
        p.link = federation.get();
    }
    asio::co_spawn(p.io, p.main(), [&p](std::exception_ptr e) {
        if (e && !is_cancelled(e)) std::printf("failed: %s\n", describe(e).c_str());
        p.io.stop();
    });
    p.io.run();
    return p.failures == 0 ? 0 : 1;
}
