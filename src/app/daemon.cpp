// SPDX-License-Identifier: Apache-2.0
#include "app/daemon.hpp"

#include <csignal>

#include "admin/http_metrics.hpp"
#include "app/host.hpp"
#include "app/listen.hpp"
#include "app/version.hpp"
#include "observe/log.hpp"
#include "runtime/service.hpp"
#include "xmpp/xep/all.hpp"

namespace stox::app {
namespace {

constexpr std::size_t conversations_kept = 10'000;
// A burst of one pair waits its turn; what waits in all stays within what a small host can spare.
constexpr session::lanes::capacity waiting_messages{2'000, 20'000, 64U << 20U};

std::vector<std::filesystem::path> certificate_directories(const options& given) {
    if (given.certificates) return {*given.certificates};
    return {"/etc/stoxd/certs", given.state / "certs"};
}

std::string name_of_this_host(const config::config& settings) {
    return settings.host_name.empty() ? host_name() : settings.host_name;
}

// The dialback secret must outlive a restart, or every stream that is being verified just then fails.
std::string dialback_secret(const options& given) {
    auto secret = kept_secret(given.state / "dialback.secret");
    if (secret) return *secret;
    log::warn("secret_not_kept", {{"reason", secret.error().text}});
    return {};
}

identity::host_facts facts_of_host(const std::string& name, const net::certificate_store& certificates) {
    identity::host_facts facts;
    facts.name = name;
    facts.addresses = [] { return net::interface_addresses(); };
    facts.holds_certificate = [&certificates](std::string_view domain) {
        return certificates.holds_valid_for(domain);
    };
    return facts;
}

}  // namespace

daemon::daemon(executor ex, options given, std::shared_ptr<const config::config> settings)
    : executor_(ex),
      given_(std::move(given)),
      settings_(std::move(settings)),
      host_name_(name_of_this_host(*settings_)),
      journal_(settings_->trace.entries, settings_->trace.bytes),
      conversations_(conversations_kept),
      resolver_(dns::make_resolver(ex)),
      certificates_(certificate_directories(given_), given_.state / "self-signed"),
      served_(*resolver_, facts_of_host(host_name_, certificates_), settings_),
      trace_(journal_, conversations_, served_),
      sip_(sip::make_stack(ex, sip_options(*settings_, host_name_), *resolver_, certificates_)),
      federation_(
          xmpp::make_federation(ex, federation_options_of(*settings_, host_name_, dialback_secret(given_)),
                                *resolver_, certificates_)),
      component_(settings_->component
                     ? xmpp::make_component(ex, component_options_of(*settings_->component), *resolver_)
                     : nullptr),
      pairs_(identity::make_pair_memory()),
      routes_(served_, *pairs_),
      trust_(*resolver_, served_,
             [this](sip::flow f) -> awaitable<bool> { co_return co_await sip_->prove_source(f); }),
      limits_(settings_->limits, served_),
      iqs_(ex),
      stanzas_(iqs_),
      tasks_(ex),
      lanes_(tasks_, waiting_messages),
      context_{ex,      *sip_,  *federation_, component_.get(), stanzas_, disco_, served_,
               routes_, trust_, limits_,      lanes_,           trace_,   tasks_},
      ports_(sip_options(*settings_, host_name_), federation_options_of(*settings_, host_name_, {})),
      signals_(ex, {SIGTERM, SIGINT, SIGHUP}) {
    connect_parts();
    answer_admin();
}

daemon::~daemon() = default;

void daemon::connect_parts() {
    trace_.set_bodies(settings_->trace.bodies);
    tasks_.on_isolated_failure([](std::exception_ptr e) {
        log::error("task_failed", {{"reason", describe(e)}});
    });

    sip_->set_tap(&trace_);
    sip_->on_admission([this](const sip::message&, const sip::flow& f) {
        sip::stack::admission a;
        if (const auto over = limits_.admit_source(f.remote.ip, steady_clock::now())) {
            a.what = sip::stack::admission::verdict::refuse;
            a.status = over->status;
            a.warning = over->text;
            a.retry_after = seconds(over->retry_after);
        }
        return a;
    });
    sip_->set_credentials(
        [this](std::string_view host, std::string_view) { return credentials_of(*settings_, host); });

    federation_->set_tap(&trace_);
    federation_->set_domain_gate(
        [this](std::string domain) { return routes_.speaks_for(std::move(domain)); });
    federation_->set_next_hop([this](std::string_view domain) { return routes_.xmpp_hop(domain); });
    federation_->on_stanza(
        [this](const xmpp::incoming_stanza& s) { return stanzas_.dispatch(s, *federation_); });
    if (component_) {
        component_->set_tap(&trace_);
        component_->on_stanza(
            [this](const xmpp::incoming_stanza& s) { return stanzas_.dispatch(s, *component_); });
    }
    xmpp::xep::register_all(stanzas_, disco_, {"stox", version}, [] { return wall_clock::now(); });
    features_ = interwork::make_features(context_);
}

awaitable<void> daemon::load_certificates(bool only_if_changed) {
    using loaded = std::shared_ptr<const net::certificate_store::loaded>;
    auto read = [this, only_if_changed]() -> loaded {
        return only_if_changed ? certificates_.load_if_changed() : certificates_.load();
    };
    loaded next = co_await workers_.run(std::move(read));
    if (!next) co_return;
    for (const auto& line : certificates_.swap_in(next)) log::warn("certificate", {{"reason", line}});
    log::info("certificates_loaded", {{"count", std::to_string(certificates_.certificates().size())}});
}

void daemon::open_listeners() {
    auto problems = sip_->open();
    for (auto& line : federation_->open()) problems.push_back(std::move(line));
    ports_.take(std::move(problems), *settings_, host_name_);
    for (const auto& line : ports_.not_open()) log::warn("not_listening", {{"reason", line}});
}

awaitable<void> daemon::start_services(task_group& services) {
    services.spawn([this] { return sip_->run(); });
    services.spawn([this] { return federation_->run(executor_); });
    if (component_) services.spawn([this] { return component_->run(); });
    if (auto opened = admin::open_control_socket(executor_, given_.control, sources_)) {
        control_ = std::move(*opened);
        services.spawn([this] { return control_->serve(); });
    } else {
        log::warn("no_control_socket", {{"reason", opened.error().text}});
    }
    if (const auto at = net::parse_socket_address(settings_->metrics_listen)) {
        if (auto listener = net::listen_tcp(executor_, *at)) {
            auto serve = [l = std::make_shared<std::unique_ptr<net::tcp_listener>>(std::move(*listener))] {
                return admin::serve_metrics(std::move(*l));
            };
            services.spawn(std::move(serve));
        } else {
            log::warn("no_metrics", {{"reason", listener.error().text}});
        }
    }
    services.spawn([this] { return watch_certificates(); });
    services.spawn([this] { return keep_house(); });
    if (const auto limit = service::watchdog_limit())
        services.spawn([this, limit = *limit] { return feed_watchdog(limit); });
    services.spawn([this, &services] { return obey_signals(services); });
    co_return;
}

// A directory that somebody named and that is not there is a slip of the pen; the standard ones may be
// absent.
void daemon::miss_certificates() {
    std::error_code ec;
    if (!given_.certificates || std::filesystem::is_directory(*given_.certificates, ec)) return;
    log::warn("no_certificates",
              {{"directory", given_.certificates->string()}, {"reason", "there is no such directory"}});
}

awaitable<void> daemon::run() {
    miss_certificates();
    co_await load_certificates(false);
    open_listeners();
    task_group services(executor_);
    std::exception_ptr failure;
    try {
        co_await start_services(services);
        service::ready(one_line_status());
        log::info("started",
                  {{"version", version}, {"host", host_name_.empty() ? "no full name" : host_name_}});
        co_await services.join();
    } catch (...) {
        failure = std::current_exception();
    }
    tasks_.cancel();
    std::exception_ptr unfinished;
    try {
        co_await tasks_.join();
    } catch (...) {
        unfinished = std::current_exception();
    }
    if (failure && !is_cancelled(failure)) std::rethrow_exception(failure);
}

}  // namespace stox::app
