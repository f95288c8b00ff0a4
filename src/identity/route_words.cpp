// SPDX-License-Identifier: Apache-2.0
#include "identity/route_words.hpp"

namespace stox::identity {

std::string_view name_of(protocol p) { return p == protocol::sip ? "SIP" : "XMPP"; }

std::string record_line(protocol p, const std::string& domain, const std::string& host) {
    const std::string name = host.empty() ? "this-host" : host;
    if (p == protocol::sip) return "_sip._udp." + domain + " SRV 0 0 5060 " + name;
    return "_xmpp-server._tcp." + domain + " SRV 0 0 5269 " + name;
}

std::string route_line(protocol p, const std::string& domain) {
    return "[route.\"" + domain + "\"] " + (p == protocol::sip ? "sip" : "xmpp") + " = \"server\"";
}

std::string nat_line(const pointing& found, const std::optional<net::ip_address>& arrived_on) {
    if (!arrived_on || !net::is_private(*arrived_on)) return {};
    for (const auto& ip : found.addresses)
        if (!net::is_private(ip) && !net::is_special(ip))
            return "public_addresses = [\"" + ip.to_string() + "\"]";
    return {};
}

std::string not_needed(protocol near, const std::string& domain, const std::string& host) {
    const auto far = other(near);
    const std::string here(name_of(near)), there(name_of(far));
    return "not needed: the users of " + domain + " are on " + here +
           ", and that is all one direction needs. Only if they were on " + there + ": DNS record " +
           record_line(near, domain, host) + " in the place of the present " + here + " records";
}

std::string attached_users(const std::string& domain, const std::string& component) {
    return "not needed: the users of " + domain +
           " are on the server that this gateway is attached to; they write to user\\40sip.domain@" +
           component + ", and messages cross by the component";
}

std::string believed_sources(const std::string& domain, const std::string& known) {
    return "SIP requests From users of " + domain + " are believed from " +
           (known.empty() ? "no address that its records name" : known) +
           ", and from whoever shows a TLS certificate for it. To admit another source: [[sip.peer]] address "
           "= \"IP\", domain = \"" +
           domain + "\"";
}

refusal not_pointing_here(protocol p, const std::string& domain, const std::string& host,
                          const pointing& found, const std::optional<net::ip_address>& arrived_on) {
    const auto far = other(p);
    std::string text = domain + " is not served here: its " + std::string(name_of(p)) +
                       " records do not lead to this host (" + found.words + "). To admit it: DNS record " +
                       record_line(p, domain, host) + ", or the line " + route_line(far, domain);
    const auto line = nat_line(found, arrived_on);
    if (!line.empty()) text += ". If that address is this host's behind 1:1 NAT, the line is " + line;
    auto out = refusal::forbidden(std::move(text));
    out.brief = domain + " not served here: its " + std::string(name_of(p)) + " records lead elsewhere";
    out.nat_line = line;
    return out;
}

refusal dns_silent(protocol p, const std::string& domain) {
    return refusal::unknown("DNS does not answer about the " + std::string(name_of(p)) + " service of " +
                            domain);
}

refusal no_budget(const std::string& domain) {
    auto out =
        refusal::forbidden("too many unknown domains from this source; " + domain + " was not looked up");
    out.retry_after = 5;
    return out;
}

refusal no_consent(const std::string& domain) {
    return refusal::forbidden(domain +
                              " leads here, but the owner of this host does not serve it. To admit it: "
                              "domains = [\"" +
                              domain + "\"] or serve = \"all\"");
}

refusal nothing_behind(const std::string& domain, protocol far) {
    return refusal::not_found(
        "both the SIP and the XMPP records of " + domain +
        " lead to this gateway: nothing is behind it. To name the server: " + route_line(far, domain));
}

refusal no_service(protocol far, const std::string& domain, const std::string& words) {
    const std::string record = far == protocol::sip ? "_sip._udp." : "_xmpp-server._tcp.";
    return refusal::no_server(domain + " has no " + std::string(name_of(far)) + " server in DNS (" + words +
                              "). To name it: DNS record " + record + domain + " SRV, or the line " +
                              route_line(far, domain));
}

refusal nobody_in(const std::string& address, const std::string& gateway) {
    return refusal::not_found(address + " is nobody: " + gateway +
                              " is the gateway itself; write to the user at his own domain");
}

refusal never_talked(const std::string& address) {
    return refusal::forbidden(address +
                              " is the address of a guest, which only those may use with whom he has "
                              "talked; write to him at his own domain");
}

refusal not_attached(const std::string& sender_domain, const std::string& target_domain) {
    return refusal::forbidden("users of " + sender_domain + " may not open traffic to " + target_domain +
                              " here. To admit them: [component] server_domains = [\"" + sender_domain +
                              "\"], or the line " + route_line(protocol::sip, target_domain));
}

refusal unusable_scheme(const std::string& scheme) {
    refusal out;
    out.status = 416;
    out.condition = "jid-malformed";
    out.type = "modify";
    out.text = "addresses of the scheme '" + scheme + "' are not routed here";
    return out;
}

refusal looping(const std::string& sender) {
    refusal out;
    out.status = 482;
    out.condition = "not-acceptable";
    out.type = "cancel";
    out.text = "the message has been here before: " + sender + " wraps an address that this gateway gave";
    return out;
}

refusal address_literal() {
    return refusal::forbidden("an address literal is no domain that is served; write to user@domain");
}

refusal nameless_host() {
    refusal out;
    out.status = 500;
    out.condition = "internal-server-error";
    out.type = "cancel";
    out.text =
        "this host has no fully qualified name to show the sender under; the line is host_name = \"NAME\"";
    return out;
}

refusal sips_refused() {
    refusal out;
    out.status = 480;
    out.condition = "not-acceptable";
    out.type = "modify";
    // RFC 5630 section 3.1.3.
    out.warning = 380;
    out.text = "SIPS Not Allowed";
    return out;
}

}  // namespace stox::identity
