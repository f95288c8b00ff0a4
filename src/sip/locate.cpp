// SPDX-License-Identifier: Apache-2.0
#include "sip/locate.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"
#include "sip/transport/route_back.hpp"

namespace stox::sip {

namespace {

constexpr seconds patience{14};          // for all questions of one resolution
constexpr std::size_t max_targets = 16;  // a zone with hundreds of records gets no more attempts than that

struct service {
    transport kind;
    std::string_view naptr, srv;
};
// In the order asked for without NAPTR: a published TLS service is its owner's wish.
constexpr std::array<service, 3> services = {{{transport::tls, "SIPS+D2T", "_sips._tcp."},
                                              {transport::udp, "SIP+D2U", "_sip._udp."},
                                              {transport::tcp, "SIP+D2T", "_sip._tcp."}}};

const service* service_of(const dns::naptr_record& record) {
    if (!iequals(record.flags, "s") || record.replacement.empty()) return nullptr;
    for (const auto& s : services)
        if (iequals(record.service, s.naptr)) return &s;
    return nullptr;
}

void sort_naptr(std::vector<dns::naptr_record>& records) {
    const auto before = [](const auto& a, const auto& b) {
        return std::tie(a.order, a.preference) < std::tie(b.order, b.preference);
    };
    std::stable_sort(records.begin(), records.end(), before);
}

template <class Record>
using question = awaitable<dns::answer<Record>> (dns::resolver::*)(std::string);

/// Asks for all names at once, so that silent DNS costs the patience for one; the answers in their order.
template <class Record>
awaitable<std::vector<dns::answer<Record>>> ask_all(dns::resolver& resolver, question<Record> ask,
                                                    std::vector<std::string> names) {
    std::vector<dns::answer<Record>> out(names.size());
    task_group group(co_await asio::this_coro::executor);
    for (std::size_t i = 0; i < names.size(); ++i)
        group.spawn([&resolver, ask, name = names[i], &to = out[i]]() -> awaitable<void> {
            to = co_await (resolver.*ask)(name);
        });
    co_await group.join();
    co_return out;
}

struct candidate {
    transport kind;
    std::string srv_name;
};
std::vector<std::string> names_of(const std::vector<candidate>& candidates) {
    std::vector<std::string> out;
    for (const auto& c : candidates) out.push_back(c.srv_name);
    return out;
}

struct first_answers {
    dns::answer<dns::naptr_record> naptr;
    std::vector<dns::answer<dns::srv_record>> srv;  // of the names asked, in their order
};

/// NAPTR and the usual SRV names together. Few domains have NAPTR records, and some servers never answer the
/// question: it must not hold up what the SRV records say, least of all while DNS is down and only answers
/// kept from before are there.
awaitable<first_answers> ask_first(dns::resolver& resolver, std::string domain,
                                   std::vector<std::string> names) {
    first_answers out;
    task_group group(co_await asio::this_coro::executor);
    group.spawn(
        [&resolver, &out, domain]() -> awaitable<void> { out.naptr = co_await resolver.naptr(domain); });
    group.spawn([&resolver, &out, names]() -> awaitable<void> {
        out.srv = co_await ask_all(resolver, &dns::resolver::srv, names);
    });
    co_await group.join();
    co_return out;
}

struct place {
    transport kind;
    std::string host;
    std::uint16_t port;
};

/// One resolution: what was asked, what answered, and the targets so far.
class search {
  public:
    search(dns::resolver& resolver, next_hop hop, locate_options options)
        : resolver_(resolver), hop_(std::move(hop)), options_(options) {}

    awaitable<void> run() {
        const auto kind = hop_.kind.value_or(usual());
        if (const auto ip = net::parse_ip(hop_.host)) {
            hop_.configured = true;  // no DNS chose this address
            add(kind, {*ip, hop_.port.value_or(default_port(kind))});
            co_return;
        }
        std::vector<place> places;
        if (hop_.port) {
            places.push_back({kind, hop_.host, *hop_.port});
        } else {
            places = co_await list_places();
            // Section 4.2: without SRV the domain itself is the host. Not when SRV was refused or not
            // answered: then the host may be no SIP server at all.
            const bool nothing_said = !srv_found_ && !unavailable_srv_;
            if (nothing_said) places.push_back({kind, hop_.host, default_port(kind)});
        }
        co_await add_places(std::move(places));
    }

    located result() {
        if (!out_.targets.empty()) return std::move(out_);
        if (unavailable_) {
            out_.status = 503;
            out_.reason = "DNS does not answer for " + hop_.host;
        } else {
            out_.status = 404;
            out_.reason = exists_ ? hop_.host + " has no SIP service in DNS (NAPTR, SRV, A, AAAA)"
                                  : "no such domain: " + hop_.host;
            if (refused_) out_.reason = hop_.host + " says in DNS that it has no SIP service (SRV \".\")";
            if (unusable_) out_.reason = "the SIP records of " + hop_.host + " lead to no usable address";
        }
        return std::move(out_);
    }

    void interrupted() { unavailable_ = true; }

  private:
    bool usable(transport kind) const {
        if (kind == transport::udp) return options_.udp;
        return kind == transport::tcp ? options_.tcp : options_.tls;
    }

    // Where neither hop nor records name a transport (section 4.1). Not for us to give up UDP for a large
    // message: who sends it tries TCP first and UDP when that is refused (RFC 3261 section 18.1.1).
    transport usual() const { return options_.udp ? transport::udp : transport::tcp; }

    // A stranger's DNS must not make us send to ourselves or into the local link.
    void add(transport kind, net::socket_address address) {
        if (!hop_.configured && net::is_special(address.ip)) {
            unusable_ = true;
            return;
        }
        target t{kind, address, hop_.host, !hop_.trusted_tls};
        const auto& all = out_.targets;
        if (all.size() < max_targets && std::find(all.begin(), all.end(), t) == all.end())
            out_.targets.push_back(std::move(t));
    }

    void note(dns::status state) {
        if (state == dns::status::unavailable) unavailable_ = true;
        if (state != dns::status::no_name) exists_ = true;
    }

    awaitable<std::vector<place>> list_places() {
        auto candidates = usual_services();
        std::vector<dns::answer<dns::srv_record>> answers;
        if (hop_.kind) {
            answers = co_await ask_all(resolver_, &dns::resolver::srv, names_of(candidates));
        } else {
            auto first = co_await ask_first(resolver_, hop_.host, names_of(candidates));
            answers = std::move(first.srv);
            if (auto named = named_services(std::move(first.naptr)); !named.empty()) {
                candidates = std::move(named);
                answers = co_await ask_all(resolver_, &dns::resolver::srv, names_of(candidates));
            }
        }
        std::vector<place> out;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            note(answers[i].state);
            if (answers[i].state == dns::status::unavailable) unavailable_srv_ = true;
            if (answers[i].state != dns::status::found) continue;
            srv_found_ = true;
            for (const auto& record : dns::srv_order(std::move(answers[i].records))) {
                // RFC 2782: "." says that the service is decidedly not there.
                const bool absent = record.target.empty() || record.target == ".";
                refused_ = refused_ || absent;
                if (!absent && out.size() < max_targets)
                    out.push_back({candidates[i].kind, record.target, record.port});
            }
        }
        co_return out;
    }

    awaitable<void> add_places(std::vector<place> places) {
        std::vector<std::string> hosts;
        for (const auto& p : places)
            if (std::find(hosts.begin(), hosts.end(), p.host) == hosts.end()) hosts.push_back(p.host);
        const auto answers = co_await ask_all(resolver_, &dns::resolver::addresses, hosts);
        for (const auto& answer : answers) note(answer.state);
        for (const auto& p : places) {
            const auto at = std::find(hosts.begin(), hosts.end(), p.host) - hosts.begin();
            for (const auto& ip : answers[static_cast<std::size_t>(at)].records) add(p.kind, {ip, p.port});
        }
    }

    std::vector<candidate> usual_services() const {
        std::vector<candidate> out;
        for (const auto& s : services)
            if (usable(s.kind) && (!hop_.kind || *hop_.kind == s.kind))
                out.push_back({s.kind, std::string(s.srv) + hop_.host});
        return preferred(std::move(out));
    }

    std::vector<candidate> named_services(dns::answer<dns::naptr_record> answer) {
        note(answer.state);
        sort_naptr(answer.records);
        std::vector<candidate> out;
        for (const auto& record : answer.records)
            if (const auto* s = service_of(record);
                s != nullptr && usable(s->kind) && out.size() < max_targets)
                out.push_back({s->kind, record.replacement});
        return preferred(std::move(out));
    }

    std::vector<candidate> preferred(std::vector<candidate> services_found) const {
        if (options_.prefer_stream)
            std::stable_partition(services_found.begin(), services_found.end(),
                                  [](const auto& c) { return c.kind != transport::udp; });
        return services_found;
    }

    dns::resolver& resolver_;
    next_hop hop_;
    locate_options options_;
    located out_;
    bool unavailable_ = false, unavailable_srv_ = false, srv_found_ = false, refused_ = false,
         unusable_ = false, exists_ = false;
};

}  // namespace

awaitable<located> locate(dns::resolver& resolver, next_hop hop, locate_options options) {
    search one(resolver, std::move(hop), options);
    const auto until = steady_clock::now() + patience;
    const bool ended = co_await with_deadline(until, one.run());
    if (!ended) one.interrupted();
    co_return one.result();
}

namespace {

/// Collects what a domain's records name; what is known so far stays readable when it is cut off.
class host_search {
  public:
    host_search(dns::resolver& resolver, std::string domain)
        : resolver_(resolver), domain_(std::move(domain)) {}

    awaitable<void> run() {
        std::vector<candidate> named;
        for (const auto& s : services) named.push_back({s.kind, std::string(s.srv) + domain_});
        auto first = co_await ask_first(resolver_, domain_, names_of(named));
        auto answers = std::move(first.srv);
        if (first.naptr.state == dns::status::unavailable) silent_ = true;
        const auto others = unusual_services(named, first.naptr);
        auto more = co_await ask_all(resolver_, &dns::resolver::srv, names_of(others));
        named.insert(named.end(), others.begin(), others.end());
        std::move(more.begin(), more.end(), std::back_inserter(answers));
        std::set<std::string> hosts;
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (answers[i].state == dns::status::unavailable) silent_ = true;
            for (const auto& record : answers[i].records) {
                if (record.target.empty() || record.target == "." || hosts.size() >= max_targets) continue;
                hosts.insert(record.target);
                (named[i].kind == transport::tls ? secure_ : plain_) = true;
            }
        }
        co_await collect(std::move(hosts));
    }

    domain_hosts result(bool ended) {
        out_.complete = ended && !silent_;
        out_.exists = exists_ || !out_.addresses.empty() || !out_.complete;
        out_.tls_only = secure_ && !plain_;
        return std::move(out_);
    }

  private:
    static std::vector<candidate> unusual_services(const std::vector<candidate>& usual,
                                                   const dns::answer<dns::naptr_record>& naptr) {
        std::vector<candidate> out;
        for (const auto& record : naptr.records) {
            const auto* s = service_of(record);
            const auto same = [&](const auto& c) { return iequals(c.srv_name, record.replacement); };
            if (s != nullptr && out.size() < max_targets && std::none_of(usual.begin(), usual.end(), same) &&
                std::none_of(out.begin(), out.end(), same))
                out.push_back({s->kind, record.replacement});
        }
        return out;
    }

    awaitable<void> collect(std::set<std::string> named) {
        named.insert(domain_);
        const std::vector<std::string> hosts(named.begin(), named.end());
        const auto answers = co_await ask_all(resolver_, &dns::resolver::addresses, hosts);
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            if (answers[i].state == dns::status::unavailable) silent_ = true;
            if (hosts[i] == domain_) exists_ = answers[i].state != dns::status::no_name;
            for (const auto& ip : answers[i].records) out_.addresses.insert(net::unmapped(ip));
        }
    }

    dns::resolver& resolver_;
    std::string domain_;
    domain_hosts out_;
    bool silent_ = false, exists_ = false, plain_ = false, secure_ = false;
};

}  // namespace

awaitable<domain_hosts> hosts_of(dns::resolver& resolver, std::string domain) {
    host_search one(resolver, std::move(domain));
    const auto until = steady_clock::now() + patience;
    const bool ended = co_await with_deadline(until, one.run());
    co_return one.result(ended);
}

}  // namespace stox::sip
