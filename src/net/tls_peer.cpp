// SPDX-License-Identifier: Apache-2.0
// Matching of certificate identities: RFC 9525 section 6 (DNS-ID, SRV-ID), RFC 6120 section 13.7.1.2 and
// RFC 5922 section 7 (SIP domains, where a wildcard never matches and a sip: URI shadows the DNS names).
#include "net/tls_peer.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace stox::net {

namespace {

bool dns_matches(std::string_view presented, std::string_view domain, bool wildcards) {
    if (iequals(presented, domain)) return true;
    if (!wildcards || !presented.starts_with("*.")) return false;
    // "*" is the whole left-most label and stands for exactly one; "*.com" is nobody's identity.
    const auto parent = presented.substr(2);
    const auto dot = domain.find('.');
    if (dot == domain.npos || dot == 0 || parent.find('.') == parent.npos) return false;
    return iequals(parent, domain.substr(dot + 1));
}

bool srv_matches(std::string_view presented, std::string_view domain, std::string_view service) {
    // "_service.domain", RFC 4985 section 2
    if (presented.size() != service.size() + domain.size() + 2 || presented.front() != '_') return false;
    return iequals(presented.substr(1, service.size()), service) && presented[service.size() + 1] == '.' &&
           iequals(presented.substr(service.size() + 2), domain);
}

// RFC 5922 section 7.1: the host of a sip: URI without userinfo; parameters and port do not count (7.2).
std::optional<std::string_view> sip_identity(std::string_view uri) {
    if (!istarts_with(uri, "sip:") || uri.find('@') != uri.npos) return std::nullopt;
    uri.remove_prefix(4);
    return uri.substr(0, uri.find_first_of(";?:"));
}

bool covers_sip(const certificate_names& names, std::string_view domain) {
    bool has_identity = false;
    for (const auto& uri : names.uri) {
        const auto host = sip_identity(uri);
        if (!host) continue;
        has_identity = true;
        if (iequals(*host, domain)) return true;
    }
    if (has_identity) return false;
    return std::any_of(names.dns.begin(), names.dns.end(),
                       [&](const auto& name) { return dns_matches(name, domain, false); });
}

}  // namespace

bool covers(const certificate_names& names, std::string_view domain, std::string_view service) {
    if (domain.empty()) return false;
    const auto srv = [&](const auto& name) { return srv_matches(name, domain, service); };
    if (std::any_of(names.srv.begin(), names.srv.end(), srv)) return true;
    if (service == "sips") return covers_sip(names, domain);
    const auto xmpp = [&](const auto& name) { return iequals(name, domain); };
    if (service.starts_with("xmpp-") && std::any_of(names.xmpp_addr.begin(), names.xmpp_addr.end(), xmpp))
        return true;
    const auto dns = [&](const auto& name) { return dns_matches(name, domain, true); };
    return std::any_of(names.dns.begin(), names.dns.end(), dns);
}

}  // namespace stox::net
