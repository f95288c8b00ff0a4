// SPDX-License-Identifier: Apache-2.0
// What the control socket shows of the daemon.
#include <boost/json.hpp>
#include <map>

#include "admin/json_lines.hpp"
#include "app/daemon.hpp"
#include "app/version.hpp"
#include "identity/explain.hpp"
#include "observe/metrics.hpp"

namespace stox::app {
namespace {

constexpr std::size_t most_domains_shown = 50;

boost::json::object describe_stream(const xmpp::federation::stream_info& s) {
    boost::json::object o;
    o["local"] = s.local_domain;
    o["remote"] = s.remote_domain;
    o["address"] = s.remote_address;
    o["direction"] = s.incoming ? "in" : "out";
    o["bidirectional"] = s.bidirectional;
    o["managed"] = s.managed;
    o["authentication"] = s.authentication;
    o["queued"] = s.queued;
    o["unacknowledged"] = s.unacknowledged;
    return o;
}

boost::json::array list_of(const std::vector<std::string>& lines) {
    boost::json::array out;
    for (const auto& line : lines) out.emplace_back(line);
    return out;
}

admin::level to_level(identity::finding_level l) {
    switch (l) {
        case identity::finding_level::ok:
            return admin::level::ok;
        case identity::finding_level::note:
            return admin::level::note;
        case identity::finding_level::warn:
            return admin::level::warn;
        case identity::finding_level::missing:
            return admin::level::missing;
    }
    return admin::level::missing;
}

boost::json::object limits_in_force(const config::limits& l) {
    return {{"sender_messages_per_second", l.sender_messages_per_second},
            {"sender_message_burst", l.sender_message_burst},
            {"unknown_source_requests", l.unknown_source_requests},
            {"guest_messages_per_second", l.guest_messages_per_second},
            {"guest_calls", l.guest_calls},
            {"guest_subscriptions", l.guest_subscriptions}};
}

}  // namespace

void daemon::answer_admin() {
    sources_.journal = &journal_;
    sources_.conversations = &conversations_;
    sources_.status = [this] { return status(); };
    sources_.reload = [this] { return reload(); };
    sources_.check = [this](std::string domain) { return check(std::move(domain)); };
}

awaitable<std::vector<admin::finding>> daemon::check(std::string domain) {
    identity::explainer::tools with(identity::tcp_connects, [this] { return certificates_.certificates(); });
    with.deaf = [this](identity::protocol p) { return ports_.deaf(p); };
    with.component_connected = [this] { return component_ && component_->connected(); };
    identity::explainer explainer(*resolver_, served_, routes_, std::move(with));
    const auto found = co_await explainer.explain(std::move(domain));
    std::vector<admin::finding> out;
    for (const auto& f : found) out.push_back({to_level(f.level), f.direction, f.text});
    co_return out;
}

boost::json::array daemon::certificates_in_words() const {
    boost::json::array out;
    for (const auto& c : certificates_.certificates()) {
        std::string domains;
        for (const auto& name : c.names.dns) domains += (domains.empty() ? "" : " ") + name;
        const auto left = std::chrono::duration_cast<std::chrono::hours>(c.not_after - wall_clock::now());
        out.push_back(boost::json::object{{"domains", domains},
                                          {"until", admin::iso_time(c.not_after).substr(0, 10)},
                                          {"days_left", left.count() / 24},
                                          {"valid", c.chain_valid && left.count() > 0},
                                          {"self_signed", c.self_signed},
                                          {"source", c.source}});
    }
    return out;
}

// Domains whose DNS leads here, as far as somebody asked about them.
boost::json::object daemon::domains_seen() const {
    std::map<std::string, std::string> full, guests;
    std::size_t left_out = 0;
    served_.for_each_here([&](const std::string& domain, identity::protocol p) {
        const auto level = served_.consent_for(domain);
        if (level == identity::consent::none) return;
        auto& list = level == identity::consent::full ? full : guests;
        if (list.size() >= most_domains_shown && list.count(domain) == 0) return void(++left_out);
        auto& sides = list[domain];
        sides += (sides.empty() ? "" : ", ") + std::string(p == identity::protocol::sip ? "SIP" : "XMPP");
    });
    boost::json::object out;
    for (const auto& [name, list] : {std::pair("served", &full), std::pair("guests", &guests)}) {
        boost::json::array lines;
        for (const auto& [domain, sides] : *list) lines.emplace_back(domain + " (" + sides + " leads here)");
        out[name] = std::move(lines);
    }
    if (left_out > 0) out["left_out"] = left_out;
    return out;
}

boost::json::object daemon::status() const {
    boost::json::object o;
    o["version"] = version;
    o["host"] = host_name_;
    o["uptime_seconds"] = std::chrono::duration_cast<seconds>(wall_clock::now() - started_).count();
    o["listening"] = list_of(ports_.open());
    o["not_listening"] = list_of(ports_.not_open());
    o["sip"] = boost::json::object{{"connections", sip_->connection_count()},
                                   {"transactions", sip_->transaction_count()}};
    boost::json::array streams;
    for (const auto& s : federation_->streams()) streams.push_back(describe_stream(s));
    o["xmpp_streams"] = streams;
    if (component_)
        o["component"] = boost::json::object{{"domain", settings_->component->domain},
                                             {"connected", component_->connected()}};
    o["jobs"] = lanes_.size();
    boost::json::array names;
    for (const auto& f : features_) names.emplace_back(f->name());
    o["features"] = names;
    o["certificates"] = certificates_in_words();
    o["domains"] = domains_seen();
    o["limits"] = limits_in_force(settings_->limits);
    boost::json::object counted;
    for (const auto& [name, value] : metrics::totals()) counted[name] = static_cast<std::int64_t>(value);
    o["counters"] = std::move(counted);
    return o;
}

std::string daemon::one_line_status() const {
    return std::to_string(federation_->streams().size()) + " XMPP streams, " +
           std::to_string(sip_->connection_count()) + " SIP connections, " + std::to_string(lanes_.size()) +
           " messages on their way";
}

}  // namespace stox::app
