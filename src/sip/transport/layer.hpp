// SPDX-License-Identifier: Apache-2.0
// All ways in and out: the UDP sockets, the listeners and the connection pool, and what our own address looks
// like from each flow (RFC 3261 section 18).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/listener.hpp"
#include "sip/header/via.hpp"
#include "sip/transport/pool.hpp"
#include "sip/transport/udp.hpp"

namespace stox::sip {

class transport_layer {
  public:
    transport_layer(executor ex, task_group& tasks, const stack_options& options,
                    const net::certificate_store& certificates, receiver& up);

    /// Binds what it can; the rest is returned in words.
    std::vector<std::string> open();
    /// Spawns the receiving tasks; after open().
    void start();

    /// A path for a request to `to`. Ends within 15 s.
    awaitable<reached> reach(target to);
    bool send(const flow& f, std::string_view bytes);
    /// UDP: to `back` from the flow's local address. TCP, TLS: over the flow's connection.
    bool send_back(const flow& f, const net::socket_address& back, std::string_view bytes);
    connection_ptr find(const flow& f) const { return pool_.find(f.connection); }

    /// Whether requests of that kind can leave: it has a listener (UDP) or needs none.
    bool can_use(transport kind) const;
    /// host:port for Via and Contact on that flow; the port is omitted when it is the default one.
    std::string own_address(const flow& f) const;
    /// Whether a Via names one of our listeners: its port, and its address or the host name.
    bool is_ours(const via& v) const;
    std::size_t connections() const { return pool_.size(); }

  private:
    struct listener {
        transport kind;
        std::shared_ptr<net::tcp_listener> socket;
    };
    awaitable<void> accept_on(transport kind, std::shared_ptr<net::tcp_listener> socket);
    awaitable<void> keep_time();
    std::optional<flow> udp_flow(const net::socket_address& remote) const;
    udp_port* udp_for(const net::socket_address& local) const;
    std::uint16_t own_port(const flow& f) const;
    bool is_listener(transport kind, const net::socket_address& local, const via& v) const;

    executor executor_;
    task_group& tasks_;
    const stack_options& options_;
    receiver& up_;
    connection_pool pool_;
    std::vector<std::shared_ptr<udp_port>> udp_;
    std::vector<listener> listeners_;
    std::vector<net::ip_address> interfaces_;  // their addresses, looked at now and then
};

}  // namespace stox::sip
