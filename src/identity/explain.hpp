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

enum class finding_level {
    ok,
    note,     // nothing to mend: what the domain would need if its users were on the other side
    warn,     // works, but somebody will stumble over it
    missing,  // what the domain's owner chose does not work
};

struct finding {
    finding_level level = finding_level::ok;
    std::string direction;  // "SIP to XMPP", "XMPP to SIP", "" for both
    std::string text;
};

/// One object answers one question.
class explainer {
  public:
    /// `connects`: whether a TCP connection to an address opens (within some seconds). `certificates`: what
    /// this host holds. `deaf`: why nothing listens for a protocol, "" while something does.
    /// `component_connected`: asked only in component mode.
    struct tools {
        std::function<awaitable<bool>(net::socket_address)> connects;
        std::function<std::vector<net::certificate_info>()> certificates;
        std::function<std::string(protocol)> deaf = [](protocol) { return std::string(); };
        std::function<bool()> component_connected = [] { return true; };
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
        bool sip_routed = false, xmpp_routed = false;  // by a route line
        bool attached = false;                         // a domain of the component's own server
        const pointing& of(protocol p) const { return p == protocol::sip ? sip : xmpp; }
        bool routed(protocol p) const { return p == protocol::sip ? sip_routed : xmpp_routed; }
    };
    // One direction: what comes in on a protocol and goes out on the other.
    struct way {
        protocol near = protocol::sip;
        bool ours = false;   // requests for the domain come to this host
        bool works = false;  // and there is a server behind the domain
        bool by_component = false;
        std::string problem;
    };

    void say(finding_level level, std::string direction, std::string text);
    awaitable<facts> learn(std::string domain);
    void say_records(const facts& f);
    void say_consent(const facts& f);
    way judge(const facts& f, protocol near) const;
    void judge_far_side(const facts& f, way& w) const;
    void say_way(const facts& f, const way& w, const way& other);
    awaitable<void> try_way(const facts& f, const way& w);
    void say_component(const std::string& direction);
    void say_certificate(const std::string& domain);
    void say_certificates(const facts& f);
    void say_both_elsewhere(const facts& f, const way& to_xmpp, const way& to_sip);
    void say_own_name(const facts& f);
    awaitable<void> say_sources(const facts& f);
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
