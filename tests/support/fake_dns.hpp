// SPDX-License-Identifier: Apache-2.0
// A dns::resolver with a scripted zone: what was not added does not exist (NXDOMAIN), names in `down` do not
// answer, and every question is kept in `asked`. Answers come at once.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "dns/resolver.hpp"

namespace stox::test {

class fake_dns : public dns::resolver {
  public:
    void add_address(const std::string& name, const std::string& ip) {
        const auto address = asio::ip::make_address(ip);
        (address.is_v4() ? a_ : aaaa_)[to_lower(name)].push_back(address);
        names_.insert(to_lower(name));
    }
    void add_srv(const std::string& name, std::uint16_t priority, std::uint16_t weight, std::uint16_t port,
                 const std::string& to) {
        srv_[to_lower(name)].push_back({priority, weight, port, to});
        names_.insert(to_lower(name));
    }
    void add_naptr(const std::string& name, std::uint16_t order, std::uint16_t preference,
                   const std::string& flags, const std::string& service, const std::string& replacement) {
        naptr_[to_lower(name)].push_back({order, preference, flags, service, "", replacement});
        names_.insert(to_lower(name));
    }
    void add_ptr(const std::string& ip, const std::string& name) { ptr_[ip].push_back(name); }
    void add_tlsa(const std::string& name, dns::tlsa_record record) {
        tlsa_[to_lower(name)].push_back(std::move(record));
        names_.insert(to_lower(name));
    }
    /// The name exists but has no records of its own.
    void add_name(const std::string& name) { names_.insert(to_lower(name)); }
    /// Every question about that name ends without an answer; "*" is all names.
    void take_down(const std::string& name) { down_.insert(to_lower(name)); }
    void clear() { *this = fake_dns(); }

    bool authentic = false;  // what answers claim (the AD bit)
    std::vector<std::string> asked;

    awaitable<dns::answer<net::ip_address>> a(std::string name) override { co_return look(a_, name, "A"); }
    awaitable<dns::answer<net::ip_address>> aaaa(std::string name) override {
        co_return look(aaaa_, name, "AAAA");
    }
    awaitable<dns::answer<dns::srv_record>> srv(std::string name) override {
        co_return look(srv_, name, "SRV");
    }
    awaitable<dns::answer<dns::naptr_record>> naptr(std::string name) override {
        co_return look(naptr_, name, "NAPTR");
    }
    awaitable<dns::answer<dns::tlsa_record>> tlsa(std::string name) override {
        co_return look(tlsa_, name, "TLSA");
    }
    awaitable<dns::answer<std::string>> ptr(net::ip_address address) override {
        const std::string name = address.to_string();
        co_return look(ptr_, name, "PTR");
    }
    /// IPv6 first, interleaved.
    awaitable<dns::answer<net::ip_address>> addresses(std::string name) override {
        dns::answer<net::ip_address> out;
        if (const auto ip = net::parse_ip(name)) {
            out.state = dns::status::found;
            out.records.push_back(*ip);
            co_return out;
        }
        const auto six = look(aaaa_, name, "AAAA");
        const auto four = look(a_, name, "A");
        for (std::size_t i = 0; i < six.records.size() || i < four.records.size(); ++i) {
            if (i < six.records.size()) out.records.push_back(six.records[i]);
            if (i < four.records.size()) out.records.push_back(four.records[i]);
        }
        out.state = out.records.empty() ? four.state : dns::status::found;
        out.authentic = authentic;
        co_return out;
    }
    void flush() override {}

  private:
    template <class Record>
    dns::answer<Record> look(const std::map<std::string, std::vector<Record>>& zone, const std::string& name,
                             const char* type) {
        const auto key = to_lower(name);
        asked.push_back(std::string(type) + " " + key);
        dns::answer<Record> out;
        if (down_.count(key) != 0 || down_.count("*") != 0) return out;
        out.authentic = authentic;
        if (const auto it = zone.find(key); it != zone.end()) {
            out.state = dns::status::found;
            out.records = it->second;
        } else {
            out.state = names_.count(key) != 0 ? dns::status::no_data : dns::status::no_name;
        }
        return out;
    }

    std::map<std::string, std::vector<net::ip_address>> a_, aaaa_;
    std::map<std::string, std::vector<dns::srv_record>> srv_;
    std::map<std::string, std::vector<dns::naptr_record>> naptr_;
    std::map<std::string, std::vector<dns::tlsa_record>> tlsa_;
    std::map<std::string, std::vector<std::string>> ptr_;
    std::set<std::string> names_, down_;
};

}  // namespace stox::test
