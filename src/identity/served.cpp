// SPDX-License-Identifier: Apache-2.0
#include "identity/served.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sip/locate.hpp"
#include "xmpp/federation.hpp"

namespace stox::identity {
namespace {

constexpr std::size_t remembered_domains = 10'000;
constexpr seconds fresh{60};
// What leads nowhere near us is asked again after five minutes.
constexpr seconds fresh_negative{300};
constexpr std::chrono::hours kept{24};
// Longer than DNS may take to say that it does not answer.
constexpr seconds longest_look_up{15};

std::string list(const std::vector<net::ip_address>& addresses) {
    std::string out;
    for (std::size_t i = 0; i < addresses.size() && i < 4; ++i)
        out += (i == 0 ? "" : ", ") + addresses[i].to_string();
    return out;
}

pointing from_sip(const sip::located& found) {
    pointing out;
    // A stranger's records must not make us send to ourselves or into the local link.
    for (const auto& target : found.targets)
        if (!net::is_special(target.address.ip)) out.addresses.push_back(net::unmapped(target.address.ip));
    const bool known = found.status == 404 || !found.targets.empty();
    out.where = known ? pointing::place::nowhere : pointing::place::unknown;
    if (!out.addresses.empty()) out.where = pointing::place::elsewhere;
    out.words = found.targets.empty() ? found.reason : "they lead to no usable address";
    return out;
}

pointing from_xmpp(const xmpp::server_location& found) {
    pointing out;
    for (const auto& target : found.targets) out.addresses.push_back(net::unmapped(target.address.ip));
    out.where = pointing::place::elsewhere;
    if (found.targets.empty())
        out.where =
            found.state == dns::status::unavailable ? pointing::place::unknown : pointing::place::nowhere;
    out.words = found.words;
    return out;
}

}  // namespace

bool discovery_budget::take(const std::string& source, steady_time now) {
    auto* bucket = sources_.find(source, now);
    if (!bucket) bucket = &sources_.put(source, token_bucket(1, 5), now + std::chrono::minutes(1));
    return bucket->take(now) && all_.take(now);
}

std::string_view parent_domain(std::string_view name) {
    // A parent of one label would be a whole top-level domain; only names that are never delegated to
    // strangers (RFC 2606, RFC 6762, RFC 8375, .internal) may be one.
    constexpr std::array<std::string_view, 10> private_roots{
        "test", "example", "invalid", "localhost", "local", "internal", "lan", "home", "lab", "localdomain"};
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) return name;
    const auto parent = name.substr(dot + 1);
    const bool whole_root = parent.find('.') == std::string_view::npos;
    const bool own_root =
        std::find(private_roots.begin(), private_roots.end(), parent) != private_roots.end();
    return whole_root && !own_root ? name : parent;
}

bool is_within(std::string_view domain, std::string_view parent) {
    if (parent.empty() || !domain.ends_with(parent)) return false;
    return domain.size() == parent.size() || domain[domain.size() - parent.size() - 1] == '.';
}

served_domains::served_domains(dns::resolver& resolver, host_facts host,
                               std::shared_ptr<const config::config> settings)
    : resolver_(resolver), host_(std::move(host)), sip_(remembered_domains), xmpp_(remembered_domains) {
    configure(std::move(settings));
}

void served_domains::configure(std::shared_ptr<const config::config> settings) {
    settings_ = std::move(settings);
    const auto before = std::exchange(public_addresses_, {});
    for (const auto& text : settings_->public_addresses)
        if (const auto ip = net::parse_ip(text)) public_addresses_.push_back(net::unmapped(*ip));
    // What is here and what is elsewhere was judged by these. Else the next question asks again, and what was
    // known holds while DNS is down (security F1).
    const bool other_addresses = before != public_addresses_;
    for (auto* known : {&sip_, &xmpp_}) {
        if (other_addresses) *known = memory(remembered_domains);
        known->for_each([](const std::string&, memory_entry& e) { e.fresh_until = steady_time::min(); });
    }
}

bool served_domains::is_own_address(const net::ip_address& ip) const {
    const auto plain = net::unmapped(ip);
    // Everybody's loopback is their own: it proves nothing.
    if (net::is_loopback(plain)) return false;
    const auto own = host_.addresses();
    return std::find(own.begin(), own.end(), plain) != own.end() ||
           std::find(public_addresses_.begin(), public_addresses_.end(), plain) != public_addresses_.end();
}

pointing served_domains::judged(pointing found) const {
    const bool here = std::any_of(found.addresses.begin(), found.addresses.end(),
                                  [this](const auto& ip) { return is_own_address(ip); });
    if (here) found.where = pointing::place::here;
    if (!found.addresses.empty()) found.words = "they lead to " + list(found.addresses);
    return found;
}

awaitable<pointing> served_domains::look_up(protocol p, std::string domain) {
    pointing found;
    if (p == protocol::sip) {
        sip::next_hop hop;
        hop.host = domain;
        const sip::locate_options options;
        const sip::located located = co_await sip::locate(resolver_, hop, options);
        found = from_sip(located);
    } else {
        const xmpp::server_location located = co_await xmpp::locate_server(resolver_, domain);
        found = from_xmpp(located);
    }
    co_return judged(std::move(found));
}

awaitable<std::optional<pointing>> served_domains::leads(protocol p, std::string domain, std::string source) {
    memory& known = p == protocol::sip ? sip_ : xmpp_;
    const std::string question = (p == protocol::sip ? "sip " : "xmpp ") + domain;
    const steady_time patience = steady_clock::now() + longest_look_up;
    co_await looking_.wait(question, patience);
    const auto begun = host_.now();
    std::optional<pointing> before;
    if (const auto* entry = known.find(domain, begun)) {
        before = entry->found;
        if (begun < entry->fresh_until) co_return before;
    }
    const bool ours = before && before->where == pointing::place::here;
    if (!ours && !source.empty() && !budget_.take(source, begun)) co_return std::nullopt;

    const executor ex = co_await asio::this_coro::executor;
    const in_flight<std::string>::asker open(looking_, question, ex);
    pointing found = co_await look_up(p, domain);
    // While DNS is down, what was known still holds.
    if (found.where == pointing::place::unknown && before) found = std::move(*before);
    const auto now = host_.now();
    const bool negative =
        found.where == pointing::place::elsewhere || found.where == pointing::place::nowhere;
    const bool unknown = found.where == pointing::place::unknown;
    const seconds again = unknown ? seconds{2} : negative && !source.empty() ? fresh_negative : fresh;
    known.put(domain, memory_entry{found, now + again}, now + kept);
    co_return found;
}

consent served_domains::consent_for(std::string_view domain) const {
    const auto& listed = settings_->domains;
    const bool configured = route_of(domain) || is_gateway_name(domain) || is_attached(domain);
    if (configured || std::find(listed.begin(), listed.end(), domain) != listed.end()) return consent::full;
    if (!listed.empty()) return consent::none;
    if (is_within(domain, parent_domain(host_.name)) || host_.holds_certificate(domain)) return consent::full;
    return settings_->serve == config::serve_rule::own ? consent::none : consent::guest;
}

const std::string& served_domains::gateway_name() const {
    return settings_->component ? settings_->component->domain : host_.name;
}

bool served_domains::is_gateway_name(std::string_view domain) const {
    return domain == gateway_name() || domain == host_.name;
}

bool served_domains::is_attached(std::string_view domain) const {
    if (!settings_->component) return false;
    const auto& own = settings_->component->server_domains;
    if (own.empty()) return domain == parent_domain(settings_->component->domain);
    return std::find(own.begin(), own.end(), domain) != own.end();
}

const config::route* served_domains::route_of(std::string_view domain) const {
    const auto at = settings_->routes.find(std::string(domain));
    return at == settings_->routes.end() ? nullptr : &at->second;
}

void served_domains::forget(const std::string& domain) {
    sip_.erase(domain);
    xmpp_.erase(domain);
}

void served_domains::drop_expired() {
    const auto now = host_.now();
    sip_.drop_expired(now);
    xmpp_.drop_expired(now);
}

}  // namespace stox::identity
