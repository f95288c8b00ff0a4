// SPDX-License-Identifier: Apache-2.0
// Which listeners there should be and which of them are open. A taken port is not fatal: another server on
// the same host is the normal case, and the words say how both get along.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "identity/served.hpp"
#include "sip/stack.hpp"
#include "xmpp/federation.hpp"

namespace stox::app {

struct listening_port {
    identity::protocol side = identity::protocol::sip;
    std::string words;    // "SIP udp 0.0.0.0:5060", as the parts begin their problem lines
    std::string problem;  // why it is not open, "" when it is
};

class listening_ports {
  public:
    listening_ports(const sip::stack_options& sip, const xmpp::federation_options& xmpp);

    /// Takes, once, the lines of sip::stack::open() and xmpp::federation::open(). The first line of each
    /// protocol that speaks of a taken port also gets the ready lines for running beside its holder, by
    /// `settings` and the host's name.
    void take(std::vector<std::string> problems, const config::config& settings,
              const std::string& host_name);

    std::vector<std::string> open() const;
    std::vector<std::string> not_open() const;
    /// Why nothing listens for a protocol; "" while something does.
    std::string deaf(identity::protocol p) const;

  private:
    std::vector<listening_port> all_;
};

/// Ready lines for an XMPP server, or a SIP proxy, that holds the ports on this host.
std::string component_lines(const std::string& host_name);
std::string sip_proxy_lines();

}  // namespace stox::app
