// SPDX-License-Identifier: Apache-2.0
// The resolver of the contract: answers from the cache, from a shared query, or from the cache past its TTL
// when DNS fails; follows CNAMEs from message to message. It holds no protocol knowledge of SIP or XMPP.
#include "dns/resolver.hpp"

#include "base/text.hpp"
#include "dns/caching_resolver.hpp"
#include "dns/flights.hpp"

namespace stox::dns {
namespace {

// Under the contract's ten seconds and over what the channel takes for its last attempt.
constexpr milliseconds most_patience{9500};
// RFC 8767 section 5: the client response timer, after which a stale answer is better than more waiting.
constexpr milliseconds patience_with_stale{1800};
// While the servers are silent everybody asks in vain; one that has come back answers well within this.
constexpr milliseconds patience_with_silence{500};
// One address family is known already: no reason to wait long for a server that is silent about the other.
constexpr milliseconds patience_for_second_family{2000};
constexpr seconds interfaces_lifetime{5};

struct outcome {
    reply value;
    bool stale = false;
};

template <class Record>
answer<Record> typed(outcome o) {
    answer<Record> out;
    out.state = o.value.state;
    out.authentic = o.value.authentic;
    out.stale = o.stale;
    for (auto& r : o.value.records)
        if (auto* one = std::get_if<Record>(&r)) out.records.push_back(std::move(*one));
    return out;
}

// RFC 6761 section 6.3: localhost never leaves this host.
bool is_localhost(std::string_view name) { return name == "localhost" || name.ends_with(".localhost"); }

class caching_resolver final : public resolver {
  public:
    caching_resolver(executor ex, std::string servers, std::string resolv_conf)
        : flights_(std::make_shared<flights>(std::move(ex), std::move(servers), std::move(resolv_conf))) {}

    awaitable<answer<net::ip_address>> a(std::string name) override {
        return one_family(std::move(name), rr_type::a, most_patience);
    }
    awaitable<answer<net::ip_address>> aaaa(std::string name) override {
        return one_family(std::move(name), rr_type::aaaa, most_patience);
    }
    awaitable<answer<srv_record>> srv(std::string name) override {
        return ask<srv_record>(std::move(name), rr_type::srv, most_patience);
    }
    awaitable<answer<naptr_record>> naptr(std::string name) override {
        return ask<naptr_record>(std::move(name), rr_type::naptr, most_patience);
    }
    awaitable<answer<tlsa_record>> tlsa(std::string name) override {
        return ask<tlsa_record>(std::move(name), rr_type::tlsa, most_patience);
    }
    awaitable<answer<std::string>> ptr(net::ip_address address) override {
        return ask<std::string>(reverse_name(net::unmapped(address)), rr_type::ptr, most_patience);
    }
    awaitable<answer<net::ip_address>> addresses(std::string name) override;
    void flush() override { flights_->flush(); }

  private:
    template <class Record>
    awaitable<answer<Record>> ask(std::string name, rr_type type, milliseconds patience);
    awaitable<answer<net::ip_address>> one_family(std::string name, rr_type type, milliseconds patience);
    awaitable<outcome> look_up(question q, steady_time until);
    awaitable<outcome> fetch(question q, steady_time until);
    awaitable<std::optional<reply>> fly(question q, bool has_stale, steady_time until);
    bool has_ipv6();

    std::shared_ptr<flights> flights_;
    bool has_ipv6_ = false;
    steady_time ipv6_looked_at_{};
    metrics::counter stale_{"stox_dns_stale_answers_total",
                            "Answers given past their TTL because DNS failed"};
};

// Waits for a query as long as it is worth it; empty when there is no answer by then. The query goes on by
// itself and its answer enters the cache.
awaitable<std::optional<reply>> caching_resolver::fly(question q, bool has_stale, steady_time until) {
    const auto keep = flights_;  // a wait may outlive a reload that replaces this resolver's user
    const auto f = keep->start(q);
    if (!f) co_return std::nullopt;
    const auto begun = steady_clock::now();
    const bool silent = keep->silent(begun);
    if (silent && has_stale) co_return std::nullopt;
    if (has_stale) until = std::min(until, begun + patience_with_stale);
    if (silent) until = std::min(until, begun + patience_with_silence);
    const bool in_time = co_await f->done.wait(until);
    if (!in_time && has_stale) keep->note_silence(*f, steady_clock::now());
    co_return f->outcome;
}

// One question: cache, else the network; on failure what the cache still holds.
awaitable<outcome> caching_resolver::fetch(question q, steady_time until) {
    outcome out;
    const auto hit = flights_->known.find(q, steady_clock::now());
    const bool has_stale = hit.value != nullptr;
    if (has_stale) out.value = *hit.value;
    if (hit.fresh && has_stale) co_return out;
    out.stale = has_stale;
    if (!hit.resting) {
        std::optional<reply> fresh = co_await fly(q, has_stale, until);
        if (fresh) out.value = std::move(*fresh);
        if (fresh) out.stale = false;
    }
    if (out.stale) stale_.add();
    co_return out;
}

// Follows aliases across messages. Authentic only if every step was.
awaitable<outcome> caching_resolver::look_up(question q, steady_time until) {
    outcome out;
    bool authentic = true, stale = false;
    for (int links = 0; links <= max_aliases; ++links) {
        out = co_await fetch(q, until);
        authentic = authentic && out.value.authentic;
        stale = stale || out.stale;
        if (out.value.alias.empty()) {
            out.value.authentic = authentic;
            out.stale = stale;
            co_return out;
        }
        q.name = out.value.alias;
    }
    out.value = reply{};
    out.stale = false;
    co_return out;
}

template <class Record>
awaitable<answer<Record>> caching_resolver::ask(std::string name, rr_type type, milliseconds patience) {
    answer<Record> out;
    out.state = status::no_name;
    auto normal = normal_name(name);
    if (!normal || is_localhost(*normal)) co_return out;
    question q{std::move(*normal), type};
    const auto until = steady_clock::now() + patience;
    auto found = co_await look_up(std::move(q), until);
    out = typed<Record>(std::move(found));
    co_return out;
}

awaitable<answer<net::ip_address>> caching_resolver::one_family(std::string name, rr_type type,
                                                                milliseconds patience) {
    auto literal = net::parse_ip(name);
    if (!literal) {
        const auto normal = normal_name(name);
        if (normal && is_localhost(*normal))
            literal = net::parse_ip(type == rr_type::a ? "127.0.0.1" : "::1");
    }
    if (!literal) {
        auto found = co_await ask<net::ip_address>(std::move(name), type, patience);
        co_return found;
    }
    answer<net::ip_address> out;
    const bool fits = literal->is_v4() == (type == rr_type::a);
    out.state = fits ? status::found : status::no_data;
    if (fits) out.records.push_back(*literal);
    co_return out;
}

bool caching_resolver::has_ipv6() {
    const auto now = steady_clock::now();
    if (ipv6_looked_at_ != steady_time{} && now < ipv6_looked_at_ + interfaces_lifetime) return has_ipv6_;
    ipv6_looked_at_ = now;
    has_ipv6_ = false;
    for (const auto& ip : net::interface_addresses())
        has_ipv6_ = has_ipv6_ || (ip.is_v6() && !net::is_special(ip));
    return has_ipv6_;
}

awaitable<answer<net::ip_address>> caching_resolver::addresses(std::string name) {
    answer<net::ip_address> out;
    if (const auto literal = net::parse_ip(name)) {
        out.state = status::found;
        out.records.push_back(*literal);
        co_return out;
    }
    // Both queries leave now; then each is awaited.
    if (const auto normal = normal_name(name); normal && !is_localhost(*normal)) {
        const question q{*normal, rr_type::aaaa};
        const auto hit = flights_->known.find(q, steady_clock::now());
        if (!hit.fresh && !hit.resting) flights_->start(q);
    }
    auto v4 = co_await one_family(name, rr_type::a, most_patience);
    const auto patience = v4.state == status::found ? patience_for_second_family : most_patience;
    auto v6 = co_await one_family(name, rr_type::aaaa, patience);
    co_return merge_families(std::move(v6), std::move(v4), has_ipv6());
}

}  // namespace

answer<net::ip_address> merge_families(answer<net::ip_address> v6, answer<net::ip_address> v4,
                                       bool has_ipv6) {
    answer<net::ip_address> out;
    const auto& first = has_ipv6 ? v6.records : v4.records;
    const auto& second = has_ipv6 ? v4.records : v6.records;
    if (has_ipv6) {
        for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
            if (i < first.size()) out.records.push_back(first[i]);
            if (i < second.size()) out.records.push_back(second[i]);
        }
    } else {
        out.records = first;
        out.records.insert(out.records.end(), second.begin(), second.end());
    }
    out.authentic =
        (v6.authentic || v6.records.empty()) && (v4.authentic || v4.records.empty()) && !out.records.empty();
    out.stale = v6.stale || v4.stale;
    if (!out.records.empty())
        out.state = status::found;
    else if (v6.state == status::unavailable || v4.state == status::unavailable)
        out.state = status::unavailable;
    else if (v6.state == status::no_name && v4.state == status::no_name)
        out.state = status::no_name;
    else
        out.state = status::no_data;
    return out;
}

std::unique_ptr<resolver> make_resolver(executor ex, std::string servers, std::string resolv_conf) {
    return std::make_unique<caching_resolver>(std::move(ex), std::move(servers), std::move(resolv_conf));
}

std::unique_ptr<resolver> make_resolver(executor ex, std::string servers) {
    return make_resolver(std::move(ex), std::move(servers), "/etc/resolv.conf");
}

}  // namespace stox::dns
