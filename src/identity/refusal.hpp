// SPDX-License-Identifier: Apache-2.0
// Why a request is not served, as each protocol would say it. The text names the record or the line of the
// configuration that would admit it, so that the reader of a log or an error knows what to do.
#pragma once

#include <string>

namespace stox::identity {

struct refusal {
    int status = 403;                     // SIP
    std::string condition = "forbidden";  // RFC 6120 section 8.3.3
    std::string type = "auth";            // RFC 6120 section 8.3.2
    std::string text;                     // one line for people
    int warning = 399;                    // code of the SIP Warning that carries the text
    int retry_after = 0;                  // seconds, 0 = none
    std::string brief;                    // the text in a few words where room is short, "" = none
    std::string nat_line;                 // the public_addresses line that 1:1 NAT seems to need, "" = none

    static refusal forbidden(std::string text) {
        return {403, "forbidden", "auth", std::move(text), 399, 0, {}, {}};
    }
    static refusal not_found(std::string text) {
        return {404, "item-not-found", "cancel", std::move(text), 399, 0, {}, {}};
    }
    static refusal no_server(std::string text) {
        return {404, "remote-server-not-found", "cancel", std::move(text), 399, 0, {}, {}};
    }
    /// DNS does not answer: nothing is known, the sender should try again.
    static refusal unknown(std::string text) {
        return {503, "remote-server-timeout", "wait", std::move(text), 399, 10, {}, {}};
    }
    static refusal too_much(std::string text, int seconds) {
        return {503, "resource-constraint", "wait", std::move(text), 399, seconds, {}, {}};
    }
};

}  // namespace stox::identity
