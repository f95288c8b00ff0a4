// SPDX-License-Identifier: Apache-2.0
#include "dns/resolv_conf.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace stox::dns {
namespace {

constexpr std::size_t max_servers = 3;
constexpr std::uint16_t dns_port = 53;

void add_server(name_servers& out, std::string_view text) {
    if (out.servers.size() >= max_servers) return;
    if (auto with_port = net::parse_socket_address(text)) {
        out.servers.push_back(*with_port);
    } else if (auto ip = net::parse_ip(text)) {
        out.servers.push_back(net::socket_address{*ip, dns_port});
    } else {
        out.unusable.emplace_back(text);
    }
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> out;
    while (!line.empty()) {
        const auto end = std::min(line.find_first_of(" \t\r"), line.size());
        if (end > 0) out.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return out;
}

}  // namespace

name_servers parse_resolv_conf(std::string_view text) {
    name_servers out;
    for (const auto line : split(text, '\n')) {
        const auto words = words_of(line.substr(0, line.find_first_of("#;")));
        if (words.size() < 2) continue;
        if (words[0] == "nameserver") add_server(out, words[1]);
        if (words[0] == "options" && std::find(words.begin(), words.end(), "trust-ad") != words.end())
            out.trust_ad = true;
    }
    if (out.servers.empty()) add_server(out, "127.0.0.1");
    return out;
}

name_servers parse_server_list(std::string_view text) {
    name_servers out;
    for (const auto part : split(text, ',')) add_server(out, trim(part));
    return out;
}

bool believes_ad(const name_servers& s) {
    return s.trust_ad || std::all_of(s.servers.begin(), s.servers.end(),
                                     [](const net::socket_address& a) { return net::is_loopback(a.ip); });
}

}  // namespace stox::dns
