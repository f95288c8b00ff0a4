// SPDX-License-Identifier: Apache-2.0
// `stox check DOMAIN`: what works in each direction for a domain, what is missing, and the line or record
// that would mend it. Asks DNS afresh and opens connections; changes nothing. The admin layer prints it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "identity/route.hpp"
#include "net/tls.hpp"

namespace stox::identity {

enum class finding_level { ok, warn, missing };

struct finding {
    finding_level level = finding_level::ok;
    std::string direction;  // "SIP to XMPP", "XMPP to SIP", "" for both
    std::string text;
};

/// One object answers one question.
class explainer {
  public:
    /// `connects`: whether a TCP connection to an address opens (within some seconds). `certificates`: what
    /// this host holds.
    struct tools {
        std::function<awaitable<bool>(net::socket_address)> connects;
        std::function<std::vector<net::certificate_info>()> certificates;
        tools(std::function<awaitable<bool>(net::socket_address)> c,
              std::function<std::vector<net::certificate_info>()> s)
            : connects(std::move(c)), certificates(std::move(s)) {}
    };
    explainer(dns::resolver& resolver, served_domains& served, const router& routes, tools with)
        : resolver_(resolver), served_(served), routes_(routes), with_(std::move(with)) {}

    /// Ends within about a minute, whatever the network does.
    awaitable<std::vector<finding>> explain(std::string domain);

  private:
    struct facts {
        std::string domain;
        pointing sip, xmpp;
        bool sip_named = false, xmpp_named = false;  // by a route line
        const pointing& of(protocol p) const { return p == protocol::sip ? sip : xmpp; }
        bool named(protocol p) const { return p == protocol::sip ? sip_named : xmpp_named; }
    };

    void say(finding_level level, std::string direction, std::string text);
    void say_records(const facts& f);
    void say_consent(const facts& f);
    bool say_direction(const facts& f, protocol near);
    void say_certificate(const std::string& domain);
    void say_both_elsewhere(const facts& f);
    awaitable<void> reach(const facts& f, protocol far);
    awaitable<void> try_target(std::string direction, std::string what, net::socket_address address);

    dns::resolver& resolver_;
    served_domains& served_;
    const router& routes_;
    tools with_;
    std::vector<finding> found_;
};

/// A TCP connection that is closed at once: true when it opened within five seconds. For explainer::tools.
awaitable<bool> tcp_connects(net::socket_address address);

}  // namespace stox::identity
