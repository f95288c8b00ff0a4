// SPDX-License-Identifier: Apache-2.0
// The composition root: makes every part of stoxd, in the order in which they need each other, and runs them
// as one task tree. Nothing below app knows all of this. What the control socket shows is in status.cpp, the
// life cycle (signals, drain, reload, watchdog) in life.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admin/control_socket.hpp"
#include "admin/sources.hpp"
#include "app/options.hpp"
#include "app/ports.hpp"
#include "config/config.hpp"
#include "dns/resolver.hpp"
#include "identity/limits.hpp"
#include "identity/pairs.hpp"
#include "identity/route.hpp"
#include "identity/served.hpp"
#include "identity/trust.hpp"
#include "interwork/context.hpp"
#include "interwork/feature.hpp"
#include "net/tls.hpp"
#include "observe/journal.hpp"
#include "runtime/signals.hpp"
#include "runtime/task_group.hpp"
#include "runtime/worker_pool.hpp"
#include "session/lanes.hpp"
#include "session/trace.hpp"
#include "sip/stack.hpp"
#include "xmpp/component.hpp"
#include "xmpp/federation.hpp"
#include "xmpp/iq_tracker.hpp"
#include "xmpp/router.hpp"
#include "xmpp/xep/0030_disco.hpp"

namespace stox::app {

class daemon {
  public:
    /// `settings` was loaded from given.config.
    daemon(executor ex, options given, std::shared_ptr<const config::config> settings);
    ~daemon();
    daemon(const daemon&) = delete;
    daemon& operator=(const daemon&) = delete;

    /// From start-up to the end of the drain. Throws what made a part fail that stoxd cannot live without.
    awaitable<void> run();

  private:
    void connect_parts();
    void answer_admin();
    awaitable<void> load_certificates(bool only_if_changed);
    void miss_certificates();
    void open_listeners();
    awaitable<void> start_services(task_group& services);

    awaitable<void> obey_signals(task_group& services);
    awaitable<void> drain();
    awaitable<void> turn_away_the_rest(milliseconds flush);
    awaitable<void> watch_certificates();
    awaitable<void> keep_house();
    awaitable<void> feed_watchdog(milliseconds limit);
    awaitable<admin::reload_outcome> reload();
    void configure(std::shared_ptr<const config::config> next);

    awaitable<std::vector<admin::finding>> check(std::string domain);
    boost::json::object status() const;
    boost::json::array certificates_in_words() const;
    boost::json::object domains_seen() const;
    std::string one_line_status() const;

    executor executor_;
    options given_;
    std::shared_ptr<const config::config> settings_;
    std::string host_name_;
    wall_time started_ = wall_clock::now();

    worker_pool workers_;
    observe::journal journal_;
    observe::conversation_ids conversations_;
    std::unique_ptr<dns::resolver> resolver_;
    net::certificate_store certificates_;
    identity::served_domains served_;
    session::trace trace_;
    std::unique_ptr<sip::stack> sip_;
    std::unique_ptr<xmpp::federation> federation_;
    std::unique_ptr<xmpp::component> component_;

    std::unique_ptr<identity::pair_memory> pairs_;
    identity::router routes_;
    identity::sender_trust trust_;
    identity::request_limits limits_;

    xmpp::iq_tracker iqs_;
    xmpp::router stanzas_;
    xmpp::xep::disco disco_;

    task_group tasks_;
    session::lanes lanes_;
    interwork::context context_;
    std::vector<std::unique_ptr<interwork::feature>> features_;

    admin::sources sources_;
    std::unique_ptr<admin::control_socket> control_;
    listening_ports ports_;
    signals signals_;
};

}  // namespace stox::app
