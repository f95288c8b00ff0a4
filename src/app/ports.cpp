// SPDX-License-Identifier: Apache-2.0
#include "app/ports.hpp"

namespace stox::app {
namespace {

using identity::protocol;

constexpr std::string_view name_of(protocol p) { return p == protocol::sip ? "SIP" : "XMPP"; }

// net/listener.cpp and net/datagram.cpp say who holds the port.
bool is_taken(const std::string& problem) { return problem.find(", held by ") != std::string::npos; }

}  // namespace

// Lines of one piece each, so that they can be copied from the log.
std::string component_lines(const std::string& host_name) {
    const auto parent = identity::parent_domain(host_name);
    const std::string domain = "sip." + (parent.empty() ? std::string("example.org") : std::string(parent));
    return "To join that server as a component, stoxd.toml: [component] domain = \"" + domain +
           "\", secret = \"SECRET\". In Prosody: Component \"" + domain +
           "\" component_secret = \"SECRET\". In ejabberd, under listen: - {port: 5347, ip: \"127.0.0.1\", "
           "module: ejabberd_service, hosts: {\"" +
           domain + "\": {password: \"SECRET\"}}}";
}

std::string sip_proxy_lines() {
    return "To run behind that proxy, stoxd.toml: [sip] udp_port = 5080, tcp_port = 5080, tls_port = 5081, "
           "[[sip.peer]] address = \"ADDRESS OF THE PROXY\", domain = \"ITS DOMAIN\", and [route.\"ITS "
           "DOMAIN\"] "
           "sip = \"127.0.0.1:5060\". In Kamailio, for each XMPP domain: if ($rd == \"XMPP DOMAIN\") { $du = "
           "\"sip:127.0.0.1:5080;transport=tcp\"; t_relay(); exit; }";
}

listening_ports::listening_ports(const sip::stack_options& sip, const xmpp::federation_options& xmpp) {
    for (const auto& [kind, local] : sip.listen)
        all_.push_back(
            {protocol::sip, "SIP " + std::string(to_string(kind)) + " " + net::to_string(local), {}});
    for (const auto* addresses : {&xmpp.listen, &xmpp.listen_direct})
        for (const auto& local : *addresses)
            all_.push_back({protocol::xmpp, "XMPP server port " + net::to_string(local), {}});
}

void listening_ports::take(std::vector<std::string> problems, const config::config& settings,
                           const std::string& host_name) {
    bool said_sip = false, said_xmpp = settings.component.has_value();
    for (auto& port : all_) {
        for (auto& problem : problems)
            if (problem.starts_with(port.words + ": ")) port.problem = std::move(problem);
        if (!is_taken(port.problem)) continue;
        const bool is_sip = port.side == protocol::sip;
        bool& said = is_sip ? said_sip : said_xmpp;
        if (!said) port.problem += ". " + (is_sip ? sip_proxy_lines() : component_lines(host_name));
        said = true;
    }
}

std::vector<std::string> listening_ports::open() const {
    std::vector<std::string> out;
    for (const auto& port : all_)
        if (port.problem.empty()) out.push_back(port.words);
    return out;
}

std::vector<std::string> listening_ports::not_open() const {
    std::vector<std::string> out;
    for (const auto& port : all_)
        if (!port.problem.empty()) out.push_back(port.problem);
    return out;
}

std::string listening_ports::deaf(protocol p) const {
    std::string why;
    for (const auto& port : all_) {
        if (port.side != p) continue;
        if (port.problem.empty()) return {};
        if (why.empty()) why = port.problem;
    }
    const std::string nothing = "nothing listens for " + std::string(name_of(p)) + " here: ";
    return nothing + (why.empty() ? "every port of its section in stoxd.toml is 0" : why);
}

}  // namespace stox::app
