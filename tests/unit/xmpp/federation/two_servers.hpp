// SPDX-License-Identifier: Apache-2.0
// Two federations in one process, over real sockets and TLS on loopback; a relay between them can cut the
// connections. a.test and b.test, each told where the other is.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/listener.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"
#include "runtime/timer.hpp"
#include "tests/unit/net/test_certificates.hpp"
#include "xmpp/federation.hpp"
#include "xmpp/stream/tag.hpp"

namespace stox::xmpp::test {

/// Knows IP literals and the names that the test gives it.
class literal_resolver : public dns::resolver {
  public:
    awaitable<dns::answer<net::ip_address>> a(std::string) override { return none<net::ip_address>(); }
    awaitable<dns::answer<net::ip_address>> aaaa(std::string) override { return none<net::ip_address>(); }
    awaitable<dns::answer<dns::srv_record>> srv(std::string) override { return none<dns::srv_record>(); }
    awaitable<dns::answer<dns::naptr_record>> naptr(std::string) override {
        return none<dns::naptr_record>();
    }
    awaitable<dns::answer<dns::tlsa_record>> tlsa(std::string) override { return none<dns::tlsa_record>(); }
    awaitable<dns::answer<std::string>> ptr(net::ip_address) override { return none<std::string>(); }
    awaitable<dns::answer<net::ip_address>> addresses(std::string name) override {
        dns::answer<net::ip_address> out;
        out.state = dns::status::no_name;
        if (const auto known = names.find(name); known != names.end()) {
            out.state = dns::status::found;
            out.records = known->second;
        }
        if (const auto ip = net::parse_ip(name)) {
            out.state = dns::status::found;
            out.records.push_back(*ip);
        }
        co_return out;
    }
    void flush() override {}

    std::map<std::string, std::vector<net::ip_address>> names;

  private:
    template <class Record>
    static awaitable<dns::answer<Record>> none() {
        dns::answer<Record> out;
        out.state = dns::status::no_name;
        co_return out;
    }
};

/// Passes bytes on between connections, and cuts all of them when told to.
class relay {
  public:
    relay(executor ex, net::socket_address to) : executor_(ex), to_(to), group_(ex) {
        const net::socket_address any{asio::ip::make_address("127.0.0.1"), 0};
        listener_ = std::move(net::listen_tcp(ex, any).value());
    }
    std::uint16_t port() const { return listener_->local().port; }

    awaitable<void> run() {
        for (;;) {
            net::stream_ptr in = co_await listener_->accept();
            if (refusing) {
                in->close();
                ++refused;
                continue;
            }
            net::stream_ptr out = co_await net::connect_tcp(to_, seconds(5));
            const auto both = std::make_shared<ends>();
            both->in = std::move(in);
            both->out = std::move(out);
            live_.push_back(both);
            group_.spawn_isolated([this, both] { return pump(both, true); });
            group_.spawn_isolated([this, both] { return pump(both, false); });
        }
    }
    void cut() {
        for (const auto& both : live_) {
            both->in->close();
            both->out->close();
        }
        live_.clear();
    }
    awaitable<void> stop() {
        cut();
        group_.cancel();
        co_await group_.join();
    }

    std::size_t passed = 0;  // bytes from the connecting side
    std::size_t cut_at = 0;  // cuts once, when so many have passed
    bool refusing = false;
    std::size_t refused = 0;  // connections

  private:
    struct ends {
        net::stream_ptr in, out;
    };
    awaitable<void> pump(std::shared_ptr<ends> both, bool forth) {
        std::vector<char> buffer(4096);
        net::byte_stream& from = forth ? *both->in : *both->out;
        net::byte_stream& to = forth ? *both->out : *both->in;
        for (;;) {
            const std::span<char> room(buffer);
            const std::size_t count = co_await from.read_some(room);
            if (count == 0) {
                co_await to.shutdown();
                co_return;
            }
            if (forth) passed += count;
            if (forth && cut_at != 0 && passed >= cut_at) {
                cut_at = 0;
                cut();
                co_return;
            }
            const std::string_view bytes(buffer.data(), count);
            co_await to.write(bytes);
        }
    }

    executor executor_;
    net::socket_address to_;
    task_group group_;
    std::unique_ptr<net::tcp_listener> listener_;
    std::list<std::shared_ptr<ends>> live_;
};

/// Until `done` says so, at most 10 s.
inline awaitable<void> until(std::function<bool()> done) {
    for (int i = 0; i < 1000 && !done(); ++i) co_await sleep_for(milliseconds(10));
}

inline std::uint16_t free_port(executor ex) {
    const net::socket_address any{asio::ip::make_address("127.0.0.1"), 0};
    return net::listen_tcp(ex, any).value()->local().port;
}

/// Changes the options of both servers before they start.
using tuning = std::function<void(federation_options&)>;

/// One server: its domain and every subdomain of it is ours.
class server {
  public:
    server(executor ex, std::string domain, dns::resolver& resolver,
           const std::filesystem::path& certificates, bool direct_tls, const tuning& tune)
        : domain_(std::move(domain)), store_({certificates}, {}) {
        store_.swap_in(store_.load());
        where = {asio::ip::make_address("127.0.0.1"), free_port(ex)};
        federation_options options;
        (direct_tls ? options.listen_direct : options.listen).push_back(where);
        options.default_domain = domain_;
        options.first_retry = milliseconds(20);
        if (tune) tune(options);
        federation = make_federation(ex, options, resolver, store_);
        federation->on_stanza([this](const incoming_stanza& s) { return on_stanza(s); });
        federation->set_domain_gate([this](std::string name) { return gate(std::move(name)); });
    }

    outgoing_stanza message(const std::string& to, const std::string& body,
                            const std::string& from = "") const {
        const auto sender = jid::parse(from.empty() ? "u@" + domain_ : from).value();
        stream::tag m("message");
        m.attribute("from", sender.to_string()).attribute("to", to).attribute("id", body);
        return {sender, jid::parse(to).value(), m.with_children(stream::tag("body").with_text(body))};
    }

    std::vector<std::string> got;
    std::unique_ptr<xmpp::federation> federation;
    net::socket_address where;

  private:
    awaitable<bool> gate(std::string name) {
        const bool ours = name == domain_ || name.ends_with("." + domain_);
        co_return ours;
    }
    // Answers pings as every server does.
    awaitable<void> on_stanza(const incoming_stanza& s) {
        const std::string_view kind = s.tree.name();
        if (kind == "message") got.push_back(xml::text_of(xml::child(s.tree, s.ns, "body")));
        if (kind == "iq" && xml::attribute(s.tree, "type") == "get") {
            stream::tag iq("iq");
            iq.attribute("type", "result").attribute("id", xml::attribute(s.tree, "id"));
            iq.attribute("from", s.to.to_string()).attribute("to", s.from.to_string());
            federation->post({s.to, s.from, iq.empty()});
        }
        co_return;
    }

    std::string domain_;
    net::certificate_store store_;
};

/// a.test and b.test, and a relay in the way from a to b.
class two_servers {
  public:
    explicit two_servers(const std::filesystem::path& certificates, bool direct_tls = false,
                         const tuning& tune = {})
        : a(io.get_executor(), "a.test", resolver, certificates, direct_tls, tune),
          b(io.get_executor(), "b.test", resolver, certificates, direct_tls, tune),
          between(io.get_executor(), b.where) {
        const auto hop = [this, direct_tls](std::string_view domain) {
            const bool to_b = domain.ends_with("b.test");
            const bool known = to_b || domain.ends_with("a.test");
            std::optional<xmpp_next_hop> out;
            if (known) out = xmpp_next_hop{hop_host, to_b ? between.port() : a.where.port, direct_tls};
            return out;
        };
        a.federation->set_next_hop(hop);
        b.federation->set_next_hop(hop);
        for (auto* s : {&a, &b})
            for (const auto& problem : s->federation->open()) throw std::runtime_error(problem);
    }

    /// Runs `body` beside both servers, at most 30 s, and stops them.
    void run(std::function<awaitable<void>()> body) {
        std::exception_ptr failure;
        asio::co_spawn(io, main(std::move(body)), [&](std::exception_ptr e) { failure = e; });
        io.run();
        if (failure) std::rethrow_exception(failure);
    }

    /// Ends a's federation; b goes on.
    awaitable<void> stop_a() {
        group_a_.cancel();
        co_await group_a_.wait_empty();
    }

    asio::io_context io;
    literal_resolver resolver;
    std::string hop_host = "127.0.0.1";  // where both are
    server a, b;
    relay between;

  private:
    awaitable<void> main(std::function<awaitable<void>()> body) {
        task_group group(io.get_executor());
        group_a_.spawn_isolated([this] { return a.federation->run(io.get_executor()); });
        group.spawn_isolated([this] { return b.federation->run(io.get_executor()); });
        group.spawn_isolated([this] { return between.run(); });
        std::exception_ptr failure;
        bool in_time = false;
        try {
            in_time = co_await with_deadline(steady_clock::now() + seconds(30), body());
        } catch (...) {
            failure = std::current_exception();
        }
        group.cancel();
        co_await group.wait_empty();
        co_await stop_a();
        co_await between.stop();
        if (failure) std::rethrow_exception(failure);
        if (!in_time) throw std::runtime_error("the test took too long");
    }

    task_group group_a_{io.get_executor()};
};

}  // namespace stox::xmpp::test
