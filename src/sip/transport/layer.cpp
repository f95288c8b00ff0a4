// SPDX-License-Identifier: Apache-2.0
#include "sip/transport/layer.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "runtime/timer.hpp"
#include "sip/transport/route_back.hpp"

namespace stox::sip {

namespace {

constexpr int look_every = 10;  // seconds

bool contains(const std::vector<net::ip_address>& list, const net::ip_address& ip) {
    return std::find(list.begin(), list.end(), ip) != list.end();
}

pool_limits limits_of(const stack_options& options) {
    pool_limits out;
    out.each.max_message_bytes = options.max_message_bytes;
    out.connections = options.max_connections;
    out.unproven_per_source = options.max_unauthenticated_per_source;
    return out;
}

}  // namespace

std::string_view to_string(transport t) {
    switch (t) {
        case transport::udp:
            return "udp";
        case transport::tcp:
            return "tcp";
        case transport::tls:
            break;
    }
    return "tls";
}

transport_layer::transport_layer(executor ex, task_group& tasks, const stack_options& options,
                                 const net::certificate_store& certificates, receiver& up)
    : executor_(ex),
      tasks_(tasks),
      options_(options),
      up_(up),
      pool_(ex, tasks, certificates, options.host_name, limits_of(options), up) {}

std::vector<std::string> transport_layer::open() {
    std::vector<std::string> problems;
    interfaces_ = net::interface_addresses();
    for (const auto& [kind, local] : options_.listen) {
        const std::string where = "SIP " + std::string(to_string(kind)) + " " + net::to_string(local) + ": ";
        if (kind == transport::udp) {
            auto bound = net::bind_udp(executor_, local);
            if (bound)
                udp_.push_back(
                    std::make_shared<udp_port>(std::move(*bound), up_, options_.max_message_bytes));
            else
                problems.push_back(where + bound.error().text);
        } else {
            auto bound = net::listen_tcp(executor_, local);
            if (bound)
                listeners_.push_back({kind, std::move(*bound)});
            else
                problems.push_back(where + bound.error().text);
        }
    }
    return problems;
}

void transport_layer::start() {
    for (const auto& port : udp_) tasks_.spawn([port]() { return port->run(); });
    for (const auto& l : listeners_)
        tasks_.spawn([this, kind = l.kind, socket = l.socket]() { return accept_on(kind, socket); });
    tasks_.spawn([this]() { return keep_time(); });
}

awaitable<void> transport_layer::accept_on(transport kind, std::shared_ptr<net::tcp_listener> socket) {
    for (;;) {
        auto stream = co_await socket->accept();
        pool_.accept(kind, std::move(stream));
    }
}

awaitable<void> transport_layer::keep_time() {
    for (int second = 1;; ++second) {
        co_await sleep_for(milliseconds(1000));
        pool_.on_time(steady_clock::now());
        if (second % look_every == 0) interfaces_ = net::interface_addresses();
    }
}

// Another server of this host has the same address or name and another port.
bool transport_layer::is_listener(transport kind, const net::socket_address& local, const via& v) const {
    const auto port = v.port.value_or(default_port(kind));
    const bool everywhere = local.ip.is_unspecified();
    if (local.port != port) return false;
    const auto literal = net::parse_ip(v.host);
    if (!literal)
        return (everywhere || kind == transport::tls) && !options_.host_name.empty() &&
               iequals(v.host, options_.host_name);
    const auto ip = net::unmapped(*literal);
    if (ip.is_v4() != local.ip.is_v4()) return false;
    // Every host's loopback is its own: it names us only where we listen on it alone.
    return ip == local.ip || contains(options_.public_addresses, ip) ||
           (everywhere && contains(interfaces_, ip));
}

bool transport_layer::is_ours(const via& v) const {
    // Who took it from there saw it come from another host: one with the same private address.
    const auto received = net::parse_ip(v.received());
    if (received && !contains(interfaces_, net::unmapped(*received)) &&
        !contains(options_.public_addresses, net::unmapped(*received)))
        return false;
    if (v.transport == "UDP")
        return std::any_of(udp_.begin(), udp_.end(),
                           [&](const auto& u) { return is_listener(transport::udp, u->bound(), v); });
    const auto kind = v.transport == "TLS" ? transport::tls : transport::tcp;
    return std::any_of(listeners_.begin(), listeners_.end(), [&](const listener& l) {
        return l.kind == kind && is_listener(kind, l.socket->local(), v);
    });
}

awaitable<reached> transport_layer::reach(target to) {
    if (to.kind != transport::udp) co_return co_await pool_.reach(std::move(to));
    reached out;
    out.path = udp_flow(to.address);
    if (!out.path) {
        out.why = reach_failure::no_socket;
        out.words = "no UDP socket towards " + net::to_string(to.address);
    }
    co_return out;
}

// The socket bound to the very address the kernel would use comes first, so that the peer sees the address
// that it knows us by.
std::optional<flow> transport_layer::udp_flow(const net::socket_address& remote) const {
    const auto source = net::source_towards(remote.ip);
    std::optional<flow> second;
    for (const auto& port : udp_) {
        auto f = port->flow_to(remote);
        if (!f) continue;
        if (!source || f->local.ip == *source) return f;
        // A loopback socket cannot reach other hosts, and the other way round.
        if (!second && net::is_loopback(f->local.ip) == net::is_loopback(remote.ip)) second = std::move(f);
    }
    return second;
}

udp_port* transport_layer::udp_for(const net::socket_address& local) const {
    const auto serves = [&](const auto& port) { return port->serves(local); };
    const auto it = std::find_if(udp_.begin(), udp_.end(), serves);
    return it == udp_.end() ? nullptr : it->get();
}

bool transport_layer::send(const flow& f, std::string_view bytes) { return send_back(f, f.remote, bytes); }

bool transport_layer::send_back(const flow& f, const net::socket_address& back, std::string_view bytes) {
    if (f.kind != transport::udp) return pool_.send(f.connection, bytes);
    const auto port = udp_for(f.local);
    return port != nullptr && port->send(f, back, bytes);
}

bool transport_layer::can_use(transport kind) const { return kind != transport::udp || !udp_.empty(); }

// A connection we opened has a local port that nobody can connect to: say the listener's.
std::uint16_t transport_layer::own_port(const flow& f) const {
    if (f.kind == transport::udp) return f.local.port;
    for (const auto& l : listeners_)
        if (l.kind == f.kind && l.socket->local().ip.is_v4() == f.local.ip.is_v4())
            return l.socket->local().port;
    return default_port(f.kind);
}

std::string transport_layer::own_address(const flow& f) const {
    const bool named = !options_.host_name.empty();
    const bool by_name = named && (f.local.ip.is_unspecified() || f.kind == transport::tls);
    std::string out = by_name ? options_.host_name : net::to_host(net::unmapped(f.local.ip));
    const auto port = own_port(f);
    if (port != default_port(f.kind)) out += ":" + std::to_string(port);
    return out;
}

}  // namespace stox::sip
