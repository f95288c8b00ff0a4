// SPDX-License-Identifier: Apache-2.0
// Errors across the border: stanza error conditions to SIP statuses and back (RFC 7247 section 7, tables 2
// and 3), with what RFC 3261 demands of the statuses. Only 3xx to 6xx are mapped. The words of either side
// are carried as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sip/message.hpp"
#include "sip/stack.hpp"
#include "xmpp/stanza_error.hpp"

namespace stox::interwork {

/// What the failed SIP request was: some conditions mean something else per method.
struct request_facts {
    std::string_view method = "MESSAGE";
    bool in_dialog = false;
    /// Whether the far server is known to have the user, only away (service-unavailable to MESSAGE).
    bool known_offline = false;
    /// remote-server-not-found: the name exists but could not be resolved or reached now.
    bool temporary = false;
    /// Methods for the Allow header of a 405.
    std::string_view allow = "OPTIONS, MESSAGE";
    /// Agent name in Warning.
    std::string_view agent = "stox";
};

struct sip_failure {
    int status = 500;
    std::string reason;
    std::vector<std::pair<std::string, std::string>> headers;  // Warning, Allow, Retry-After, Contact

    /// Adds the headers to a response made with this status and reason.
    void apply_to(sip::message& response) const;
};

/// RFC 7247 table 2, completed (docs/routing.md): never 401 or 407, which need a challenge, never 6xx for
/// what one user's server said, since that would end all forking (RFC 3261 section 16.7), never 503.
sip_failure to_sip(const xmpp::stanza_error& error, const request_facts& facts = {});

/// RFC 7247 table 3. `contact` is the first Contact URI of a 3xx as a JID's xmpp: URI, "" without one; `text`
/// the reason phrase or Warning text. 301 without an address becomes gone without one.
xmpp::stanza_error to_stanza_error(int status, std::string_view text = {}, std::string_view contact = {});

/// The same from a final response: its words, and its Contact mapped to a JID.
xmpp::stanza_error to_stanza_error(const sip::message& response);

/// The same for a request that ended without a response too: what could not be found or reached is the remote
/// server's absence, what was silent its time-out (RFC 6120 sections 8.3.3.16 and 8.3.3.17).
xmpp::stanza_error to_stanza_error(const sip::outcome& ended);

/// The words of a response for a person: Warning text, else the Reason header's text, else the reason phrase.
std::string failure_text(const sip::message& response);

/// `399 agent "text"`, quoted and free of control characters.
std::string warning_value(int code, std::string_view agent, std::string_view text);

}  // namespace stox::interwork
