// SPDX-License-Identifier: Apache-2.0
// The sentences of refusals: what is missing and which record or configuration line would admit the request.
// Apart from route.cpp so that the wording has one place.
#pragma once

#include <optional>
#include <string>

#include "identity/refusal.hpp"
#include "identity/served.hpp"

namespace stox::identity {

/// "SIP" or "XMPP".
std::string_view name_of(protocol p);
/// The record that would lead a domain's protocol to a host: "_sip._udp.D SRV 0 0 5060 HOST".
std::string record_line(protocol p, const std::string& domain, const std::string& host);
/// The line that names the server behind a domain: `[route."D"] xmpp = "SERVER"`.
std::string route_line(protocol p, const std::string& domain);
/// The line for 1:1 NAT, "" when `arrived_on` and the records do not look like it.
std::string nat_line(const pointing& found, const std::optional<net::ip_address>& arrived_on);

/// For `stox check`. The direction in which requests come in on `near` does not work, and the domain does not
/// need it: its users are on `near`.
std::string not_needed(protocol near, const std::string& domain, const std::string& host);
/// The users of a domain of the attached server need no records: they write through the component.
std::string attached_users(const std::string& domain, const std::string& component);
/// From where SIP requests of the domain's users are believed. `known`: addresses, "" for none.
std::string believed_sources(const std::string& domain, const std::string& known);

refusal not_pointing_here(protocol p, const std::string& domain, const std::string& host,
                          const pointing& found, const std::optional<net::ip_address>& arrived_on);
refusal dns_silent(protocol p, const std::string& domain);
refusal no_budget(const std::string& domain);
refusal no_consent(const std::string& domain);
refusal nothing_behind(const std::string& domain, protocol far);
refusal no_service(protocol far, const std::string& domain, const std::string& words);
refusal nobody_in(const std::string& address, const std::string& gateway);
refusal never_talked(const std::string& address);
refusal not_attached(const std::string& sender_domain, const std::string& target_domain);
refusal sips_refused();
refusal unusable_scheme(const std::string& scheme);
refusal looping(const std::string& sender);
refusal address_literal();
refusal nameless_host();

}  // namespace stox::identity
