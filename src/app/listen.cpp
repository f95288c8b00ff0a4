// SPDX-License-Identifier: Apache-2.0
#include "app/listen.hpp"

#include "app/version.hpp"

namespace stox::app {
namespace {

// Every family there is, on every address, where nothing is said.
std::vector<net::ip_address> addresses_of(const std::vector<std::string>& listen) {
    std::vector<net::ip_address> out;
    for (const auto& text : listen)
        if (const auto ip = net::parse_ip(text)) out.push_back(*ip);
    if (!listen.empty()) return out;
    out.push_back(*net::parse_ip("0.0.0.0"));
    if (net::kernel_has_ipv6()) out.push_back(*net::parse_ip("::"));
    return out;
}

}  // namespace

log::level level_of(config::log_level l) {
    switch (l) {
        case config::log_level::debug:
            return log::level::debug;
        case config::log_level::info:
            return log::level::info;
        case config::log_level::warn:
            return log::level::warn;
        case config::log_level::error:
            return log::level::error;
    }
    return log::level::info;
}

sip::stack_options sip_options(const config::config& settings, const std::string& host_name) {
    sip::stack_options out;
    out.host_name = host_name;
    out.user_agent = std::string("stox/") + version;
    for (const auto& text : settings.public_addresses)
        if (const auto ip = net::parse_ip(text)) out.public_addresses.push_back(net::unmapped(*ip));
    for (const auto& ip : addresses_of(settings.sip.listen)) {
        if (settings.sip.udp_port != 0)
            out.listen.push_back({sip::transport::udp, {ip, settings.sip.udp_port}});
        if (settings.sip.tcp_port != 0)
            out.listen.push_back({sip::transport::tcp, {ip, settings.sip.tcp_port}});
        if (settings.sip.tls_port != 0)
            out.listen.push_back({sip::transport::tls, {ip, settings.sip.tls_port}});
    }
    return out;
}

xmpp::federation_options federation_options_of(const config::config& settings, const std::string& host_name,
                                               std::string dialback_secret) {
    xmpp::federation_options out;
    out.default_domain = host_name;
    out.dialback_secret = std::move(dialback_secret);
    for (const auto& ip : addresses_of(settings.xmpp.listen)) {
        if (settings.xmpp.tcp_port != 0) out.listen.push_back({ip, settings.xmpp.tcp_port});
        if (settings.xmpp.tls_port != 0) out.listen_direct.push_back({ip, settings.xmpp.tls_port});
    }
    return out;
}

xmpp::component_options component_options_of(const config::component& settings) {
    xmpp::component_options out;
    out.host = settings.host;
    out.port = settings.port;
    out.domain = settings.domain;
    out.secret = settings.secret;
    if (!settings.server_domains.empty()) out.server_domain = settings.server_domains.front();
    return out;
}

std::optional<sip::credentials> credentials_of(const config::config& settings, std::string_view host) {
    for (const auto& peer : settings.sip.peers)
        if (!peer.user.empty() && (peer.address == host || peer.domain == host))
            return sip::credentials{peer.user, peer.password};
    return std::nullopt;
}

}  // namespace stox::app
