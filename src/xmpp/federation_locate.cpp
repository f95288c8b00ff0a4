// SPDX-License-Identifier: Apache-2.0
// Where a domain's XMPP servers are: both SRV names of XEP-0368 merged as if they were one, else the domain's
// own addresses at port 5269 (RFC 6120 section 3.2).
#include <algorithm>
#include <optional>

#include "runtime/event.hpp"
#include "runtime/task_group.hpp"
#include "xmpp/federation.hpp"

namespace stox::xmpp {

namespace {

constexpr std::uint16_t default_port = 5269;
constexpr std::size_t max_targets = 16;  // connection attempts for one stream
constexpr seconds lookup_limit{10};
constexpr seconds slow_names_limit{2};  // for the other names once one is known

using srv_answer = dns::answer<dns::srv_record>;

// RFC 2782: a single record with target "." says that the service is decidedly not there.
bool denied(const srv_answer& a) {
    return a.state == dns::status::found &&
           std::all_of(a.records.begin(), a.records.end(), [](const auto& r) { return r.target == "."; });
}

bool same(const dns::srv_record& a, const dns::srv_record& b) {
    return a.priority == b.priority && a.weight == b.weight && a.port == b.port && a.target == b.target;
}

struct ordered_record {
    dns::srv_record record;
    bool direct;
};

std::vector<ordered_record> merged(const srv_answer& plain, const srv_answer& direct) {
    std::vector<dns::srv_record> all = plain.records, direct_left = direct.records;
    all.insert(all.end(), direct.records.begin(), direct.records.end());
    std::erase_if(all, [](const auto& r) { return r.target == "."; });
    std::vector<ordered_record> out;
    for (auto& r : dns::srv_order(std::move(all))) {
        const auto is_r = [&](const auto& d) { return same(d, r); };
        const auto found = std::find_if(direct_left.begin(), direct_left.end(), is_r);
        const bool is_direct = found != direct_left.end();
        if (is_direct) direct_left.erase(found);
        out.push_back({std::move(r), is_direct});
    }
    return out;
}

// A stranger's DNS must not make us connect to ourselves or into the local link.
void add_targets(server_location& where, const dns::answer<net::ip_address>& found, const std::string& host,
                 std::uint16_t port, bool direct) {
    for (const auto& ip : found.records)
        if (!net::is_special(ip) && where.targets.size() < max_targets)
            where.targets.push_back({net::socket_address{ip, port}, host, direct});
}

awaitable<void> by_address(dns::resolver& resolver, std::string domain, server_location& where) {
    const dns::answer<net::ip_address> found = co_await resolver.addresses(domain);
    add_targets(where, found, domain, default_port, false);
    where.state = found.state == dns::status::no_data ? dns::status::no_name : found.state;
    where.words += found.state == dns::status::no_name ? "the domain does not exist" : "no SRV records, ";
    if (found.state == dns::status::unavailable) where.words += "address lookup failed";
    if (found.state == dns::status::no_data) where.words += "no addresses";
    if (found.state == dns::status::found) where.words += "its own addresses";
}

struct srv_answers {
    srv_answer plain, direct;
};

awaitable<srv_answers> both_services(dns::resolver& resolver, std::string domain) {
    srv_answers out;
    task_group group(co_await asio::this_coro::executor);
    const auto ask = [&resolver, domain](const std::string& service, srv_answer* into) {
        return [&resolver, into, name = service + domain]() -> awaitable<void> {
            *into = co_await resolver.srv(name);
        };
    };
    auto ask_plain = ask("_xmpp-server._tcp.", &out.plain),
         ask_direct = ask("_xmpps-server._tcp.", &out.direct);
    group.spawn(std::move(ask_plain));
    group.spawn(std::move(ask_direct));
    co_await group.join();
    co_return out;
}

using address_answer = dns::answer<net::ip_address>;

struct lookup {
    explicit lookup(executor ex, std::size_t count) : changed(std::move(ex)), answers(count), open(count) {}
    event changed;
    std::vector<address_answer> answers;  // unavailable until known
    std::size_t open;
    bool any = false;
};

// The addresses of all targets at once. One name whose servers do not answer must not hold up the others.
awaitable<std::vector<address_answer>> all_addresses(dns::resolver& resolver,
                                                     std::vector<std::string> hosts) {
    auto ex = co_await asio::this_coro::executor;
    const auto state = std::make_shared<lookup>(ex, hosts.size());
    task_group group(ex);
    for (std::size_t i = 0; i < hosts.size(); ++i)
        group.spawn_isolated([&resolver, state, i, host = hosts[i]]() -> awaitable<void> {
            state->answers[i] = co_await resolver.addresses(host);
            --state->open;
            state->any = state->any || state->answers[i].state == dns::status::found;
            state->changed.set();
        });
    std::exception_ptr failure;
    try {
        bool hurried = false;
        auto until = steady_clock::now() + lookup_limit;
        while (state->open > 0 && steady_clock::now() < until) {
            if (state->any && !hurried) until = std::min(until, steady_clock::now() + slow_names_limit);
            hurried = state->any;
            state->changed.reset();
            co_await state->changed.wait(until);
        }
    } catch (...) {
        failure = std::current_exception();
    }
    group.cancel();
    co_await group.join(failure);
    co_return std::move(state->answers);
}

awaitable<void> by_targets(dns::resolver& resolver, std::vector<ordered_record> records,
                           server_location& where) {
    if (records.size() > max_targets) records.resize(max_targets);
    std::vector<std::string> hosts;
    for (const auto& r : records) hosts.push_back(r.record.target);
    const std::vector<address_answer> found = co_await all_addresses(resolver, std::move(hosts));
    bool unavailable = false;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto& r = records[i];
        unavailable = unavailable || found[i].state == dns::status::unavailable;
        add_targets(where, found[i], r.record.target, r.record.port, r.direct);
        where.words += (where.words.empty() ? "" : ", ") + r.record.target;
    }
    where.state = unavailable ? dns::status::unavailable : dns::status::no_name;
    if (!where.targets.empty()) where.state = dns::status::found;
    if (where.targets.empty()) where.words += " without a usable address";
}

}  // namespace

awaitable<server_location> locate_server(dns::resolver& resolver, std::string domain) {
    server_location where;
    if (net::parse_ip(domain)) {
        co_await by_address(resolver, domain, where);
        co_return where;
    }
    const srv_answers asked = co_await both_services(resolver, domain);
    const auto& [plain, direct] = asked;
    const bool any = plain.state == dns::status::found || direct.state == dns::status::found;
    if (!any && plain.state == dns::status::unavailable) {
        where.words = "_xmpp-server._tcp." + domain + " could not be looked up";
        co_return where;
    }
    if (!any) {
        co_await by_address(resolver, domain, where);
        co_return where;
    }
    auto records = merged(plain, direct);
    if (records.empty()) {
        where.state = dns::status::no_name;
        where.words = denied(plain) || denied(direct) ? "its SRV record says so" : "no SRV target";
        co_return where;
    }
    co_await by_targets(resolver, std::move(records), where);
    co_return where;
}

}  // namespace stox::xmpp
