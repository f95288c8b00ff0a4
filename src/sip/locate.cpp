// SPDX-License-Identifier: Apache-2.0
#include "sip/locate.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "sip/transport/route_back.hpp"

namespace stox::sip {

namespace {

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

struct candidate {
    transport kind;
    std::string srv_name;
};

/// One resolution: what was asked, what answered, and the targets so far.
class search {
  public:
    search(dns::resolver& resolver, next_hop hop, locate_options options)
        : resolver_(resolver), hop_(std::move(hop)), options_(options) {}

    awaitable<located> run() {
        if (const auto ip = net::parse_ip(hop_.host)) {
            const auto kind = hop_.kind.value_or(transport::udp);
            hop_.configured = true;  // no DNS chose this address
            add(kind, {*ip, hop_.port.value_or(default_port(kind))});
            co_return result();
        }
        if (hop_.port) {
            const auto kind = hop_.kind.value_or(transport::udp);
            co_await add_addresses(kind, hop_.host, *hop_.port);
            co_return result();
        }
        const auto candidates = co_await list_candidates();
        for (const auto& c : candidates) {
            if (out_.targets.size() >= max_targets) break;
            co_await add_service(c.kind, c.srv_name);
        }
        // Section 4.2: without SRV the domain itself is the host. Not when SRV was refused or not answered:
        // then the host may be no SIP server at all.
        const bool nothing_said = !srv_found_ && !unavailable_srv_;
        if (nothing_said) {
            const auto kind = hop_.kind.value_or(options_.prefer_stream ? transport::tcp : transport::udp);
            co_await add_addresses(kind, hop_.host, default_port(kind));
        }
        co_return result();
    }

  private:
    bool usable(transport kind) const {
        if (kind == transport::udp) return options_.udp;
        return kind == transport::tcp ? options_.tcp : options_.tls;
    }

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

    awaitable<void> add_addresses(transport kind, std::string host, std::uint16_t port) {
        const auto answer = co_await resolver_.addresses(std::move(host));
        note(answer.state);
        for (const auto& ip : answer.records) add(kind, {ip, port});
    }

    awaitable<void> add_service(transport kind, std::string name) {
        auto answer = co_await resolver_.srv(std::move(name));
        note(answer.state);
        if (answer.state == dns::status::unavailable) unavailable_srv_ = true;
        if (answer.state != dns::status::found) co_return;
        srv_found_ = true;
        const auto ordered = dns::srv_order(std::move(answer.records));
        for (const auto& record : ordered) {
            if (out_.targets.size() >= max_targets) co_return;
            // RFC 2782: "." says that the service is decidedly not there.
            const bool absent = record.target.empty() || record.target == ".";
            refused_ = refused_ || absent;
            if (absent) continue;
            co_await add_addresses(kind, record.target, record.port);
        }
    }

    awaitable<std::vector<candidate>> list_candidates() {
        std::vector<candidate> found;
        if (!hop_.kind) {
            auto answer = co_await resolver_.naptr(hop_.host);
            note(answer.state);
            sort_naptr(answer.records);
            for (const auto& record : answer.records)
                if (const auto* s = service_of(record); s != nullptr && usable(s->kind))
                    found.push_back({s->kind, record.replacement});
        }
        if (found.empty())
            for (const auto& s : services)
                if (usable(s.kind) && (!hop_.kind || *hop_.kind == s.kind))
                    found.push_back({s.kind, std::string(s.srv) + hop_.host});
        if (options_.prefer_stream)
            std::stable_partition(found.begin(), found.end(),
                                  [](const auto& c) { return c.kind != transport::udp; });
        co_return found;
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
    co_return co_await one.run();
}

namespace {

awaitable<void> collect(dns::resolver& resolver, std::string host, domain_hosts& out) {
    const auto answer = co_await resolver.addresses(std::move(host));
    if (answer.state == dns::status::unavailable) out.complete = false;
    for (const auto& ip : answer.records) out.addresses.insert(net::unmapped(ip));
}

}  // namespace

awaitable<domain_hosts> hosts_of(dns::resolver& resolver, std::string domain) {
    domain_hosts out;
    bool plain = false, secure = false;
    std::vector<std::pair<transport, std::string>> names;
    for (const auto& s : services) names.emplace_back(s.kind, std::string(s.srv) + domain);
    const auto naptr = co_await resolver.naptr(domain);
    if (naptr.state == dns::status::unavailable) out.complete = false;
    for (const auto& record : naptr.records) {
        const auto* s = service_of(record);
        const auto same = [&](const auto& n) { return iequals(n.second, record.replacement); };
        if (s != nullptr && names.size() < max_targets && std::none_of(names.begin(), names.end(), same))
            names.emplace_back(s->kind, record.replacement);
    }
    std::set<std::string> hosts{domain};
    for (const auto& [kind, name] : names) {
        const auto srv = co_await resolver.srv(name);
        if (srv.state == dns::status::unavailable) out.complete = false;
        for (const auto& record : srv.records) {
            if (record.target.empty() || record.target == "." || hosts.size() > max_targets) continue;
            hosts.insert(record.target);
            (kind == transport::tls ? secure : plain) = true;
        }
    }
    for (const auto& host : hosts) co_await collect(resolver, host, out);
    const auto own = co_await resolver.addresses(domain);
    out.exists = own.state != dns::status::no_name || !out.addresses.empty() || !out.complete;
    out.tls_only = secure && !plain;
    co_return out;
}

}  // namespace stox::sip
