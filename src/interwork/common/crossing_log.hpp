// SPDX-License-Identifier: Apache-2.0
// What became of things that wanted to cross, as log lines and trace decisions under one conversation id.
// Strangers must not fill the log: what is refused gives one line for each source in a minute, what fails one
// for each sender, and the next line says how many were left out.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bounded_map.hpp"
#include "observe/log.hpp"
#include "session/trace.hpp"

namespace stox::interwork {

/// One line for each key in a period; counts the others. Time is an input.
class log_brake {
  public:
    /// At most `capacity` keys; of one that makes room the count is lost.
    log_brake(std::size_t capacity, seconds period) : keys_(capacity), period_(period) {}

    /// How many lines of `key` were left out since its last one; nullopt: leave this one out too.
    std::optional<std::size_t> admit(const std::string& key, steady_time now);
    /// Keys whose period has ended with lines left out are told and forgotten.
    void tell_left_out(steady_time now, const std::function<void(const std::string&, std::size_t)>& tell);

  private:
    struct state {
        steady_time until;
        std::size_t left_out = 0;
    };
    bounded_map<std::string, state> keys_;
    seconds period_;
};

class crossing_log {
  public:
    explicit crossing_log(session::trace& trace) : trace_(trace) {}

    struct event {
        std::string_view from, to;  // home addresses
        std::string source;         // a network address or a domain
        std::string status;         // SIP status or stanza error condition
        std::string reason;
    };
    void delivered(const event& e);
    /// The far side would not have it or could not be reached.
    void not_delivered(const event& e, steady_time now) {
        write("not_delivered", std::string(e.from), e, now);
    }
    /// stox itself would not have it.
    void refused(const event& e, steady_time now) { write("refused", e.source, e, now); }
    /// A domain's records seem to name this host behind 1:1 NAT; said once an hour for each domain.
    void needs_public_address(const std::string& domain, const std::string& line, steady_time now);

    void tidy(steady_time now);

  private:
    void write(std::string_view what, const std::string& payer, const event& e, steady_time now);

    session::trace& trace_;
    log_brake payers_{1000, seconds(60)};
    log_brake nat_{1000, seconds(3600)};
};

}  // namespace stox::interwork
