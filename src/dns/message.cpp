// SPDX-License-Identifier: Apache-2.0
#include "dns/message.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "dns/wire.hpp"

namespace stox::dns {
namespace {

constexpr std::size_t max_records = 64;

// Header bits (RFC 1035 section 4.1.1; AD: RFC 4035 section 3.2.3).
constexpr unsigned flag_response = 0x8000, mask_opcode = 0x7800, flag_truncated = 0x0200,
                   flag_authentic = 0x0020, mask_rcode = 0x000F;
constexpr unsigned rcode_no_error = 0, rcode_no_name = 3;
constexpr std::uint16_t class_in = 1;

struct header {
    unsigned flags = 0, questions = 0, answers = 0, authorities = 0;
};

struct raw_record {
    std::string owner;
    std::uint16_t type = 0, rr_class = 0;
    seconds ttl{0};
    std::size_t begin = 0, end = 0;  // of the data, offsets in the message
};

header read_header(wire_reader& in) {
    header h;
    in.u16();  // the id: matched by the transport
    h.flags = in.u16();
    h.questions = in.u16();
    h.answers = in.u16();
    h.authorities = in.u16();
    in.u16();  // the additional section is never believed, so never read
    return h;
}

raw_record read_record(wire_reader& in) {
    raw_record r;
    r.owner = in.name();
    r.type = in.u16();
    r.rr_class = in.u16();
    const std::uint32_t ttl = in.u32();
    r.ttl = seconds(ttl > 0x7FFFFFFFU ? 0 : ttl);  // RFC 2181 section 8
    const std::size_t size = in.u16();
    r.begin = in.position();
    in.skip(size);
    r.end = in.position();
    return r;
}

std::optional<record> read_address(wire_reader& in, std::size_t size) {
    const std::string_view bytes = in.bytes(size);
    if (size == 4) {
        boost::asio::ip::address_v4::bytes_type v4{};
        if (in.good()) std::copy(bytes.begin(), bytes.end(), v4.begin());
        return record(net::ip_address(boost::asio::ip::address_v4(v4)));
    }
    boost::asio::ip::address_v6::bytes_type v6{};
    if (in.good()) std::copy(bytes.begin(), bytes.end(), v6.begin());
    return record(net::ip_address(boost::asio::ip::address_v6(v6)));
}

std::optional<record> read_srv(wire_reader& in) {
    srv_record srv{};
    srv.priority = in.u16();
    srv.weight = in.u16();
    srv.port = in.u16();
    srv.target = in.name();
    if (srv.target != "." && !normal_name(srv.target)) return std::nullopt;
    return record(std::move(srv));
}

std::optional<record> read_naptr(wire_reader& in) {
    naptr_record naptr{};
    naptr.order = in.u16();
    naptr.preference = in.u16();
    naptr.flags = in.text();
    naptr.service = in.text();
    naptr.regexp = in.text();
    naptr.replacement = in.name();
    if (naptr.replacement != "." && !normal_name(naptr.replacement)) return std::nullopt;
    return record(std::move(naptr));
}

std::optional<record> read_tlsa(wire_reader& in, std::size_t size) {
    tlsa_record tlsa{};
    tlsa.usage = in.u8();
    tlsa.selector = in.u8();
    tlsa.matching_type = in.u8();
    tlsa.data = std::string(in.bytes(size >= 3 ? size - 3 : 0));
    return record(std::move(tlsa));
}

// nullopt: well-formed, but a name in it cannot be a host. A malformed record makes `in` not good.
std::optional<record> read_data(wire_reader& in, rr_type type, std::size_t size) {
    switch (type) {
        case rr_type::a:
        case rr_type::aaaa:
            if (size != (type == rr_type::a ? 4U : 16U)) {
                in.fail("address record of the wrong size");
                return std::nullopt;
            }
            return read_address(in, size);
        case rr_type::srv:
            return read_srv(in);
        case rr_type::naptr:
            return read_naptr(in);
        case rr_type::tlsa:
            return read_tlsa(in, size);
        case rr_type::ptr:
        case rr_type::cname: {
            auto name = normal_name(in.name());
            if (!name) return std::nullopt;
            return record(std::move(*name));
        }
        case rr_type::soa:
            break;
    }
    return std::nullopt;
}

// One record's data, which must fill its length exactly.
std::optional<record> data_of(wire_reader& in, const raw_record& r) {
    wire_reader data = in.at(r.begin);
    auto out = read_data(data, static_cast<rr_type>(r.type), r.end - r.begin);
    if (data.good() && data.position() != r.end) data.fail("record data does not fill its length");
    if (!data.good()) in.fail(data.problem());
    return out;
}

// RFC 2308 section 5: the lesser of the SOA's own TTL and its minimum field; 0 without a SOA.
seconds negative_ttl(wire_reader& in, unsigned authorities) {
    for (unsigned i = 0; i < authorities && in.good(); ++i) {
        const raw_record r = read_record(in);
        if (!in.good() || r.type != static_cast<std::uint16_t>(rr_type::soa) || r.rr_class != class_in)
            continue;
        wire_reader data = in.at(r.begin);
        data.name();
        data.name();
        data.skip(16);
        const std::uint32_t minimum = data.u32();
        if (!data.good() || data.position() != r.end) {
            in.fail("malformed SOA");
            return seconds(0);
        }
        return std::min(r.ttl, seconds(minimum > 0x7FFFFFFFU ? 0 : minimum));
    }
    return seconds(0);
}

const raw_record* alias_at(const std::vector<raw_record>& answers, const std::string& owner) {
    for (const auto& r : answers)
        if (r.type == static_cast<std::uint16_t>(rr_type::cname) && r.owner == owner) return &r;
    return nullptr;
}

// Follows the CNAMEs inside the message and collects what stands at their end.
result<reply> collect(wire_reader& in, const std::vector<raw_record>& answers, const question& q) {
    reply out;
    seconds least = seconds::max();
    std::string owner = q.name;
    for (int links = 0; const raw_record* r = alias_at(answers, owner); ++links) {
        if (links >= max_aliases) return error{"CNAME chain is too long", r->begin};
        auto target = data_of(in, *r);
        if (!in.good()) return error{std::string(in.problem()), r->begin};
        if (!target) return error{"CNAME leads to an impossible name", r->begin};
        least = std::min(least, r->ttl);
        owner = std::get<std::string>(*target);
    }
    bool unusable = false;
    for (const auto& r : answers) {
        if (r.type != static_cast<std::uint16_t>(q.type) || r.owner != owner) continue;
        auto one = data_of(in, r);
        if (!in.good()) return error{std::string(in.problem()), r.begin};
        unusable = unusable || !one;
        if (!one || out.records.size() >= max_records) continue;
        least = std::min(least, r.ttl);
        out.records.push_back(std::move(*one));
    }
    if (out.records.empty() && unusable) return error{"no usable record", 0};
    out.state = out.records.empty() ? status::no_data : status::found;
    if (out.records.empty() && owner != q.name) out.alias = owner;
    if (least != seconds::max()) out.ttl = least;
    return out;
}

result<reply> read_sections(wire_reader& in, const header& h, const question& q) {
    std::vector<raw_record> answers;
    for (unsigned i = 0; i < h.answers && in.good(); ++i) {
        raw_record r = read_record(in);
        if (r.rr_class == class_in) answers.push_back(std::move(r));
    }
    if (!in.good()) return error{std::string(in.problem()), in.position()};
    auto out = collect(in, answers, q);
    if (!out || out->state == status::found) return out;
    const bool has_soa = h.authorities > 0;
    const bool no_name = (h.flags & mask_rcode) == rcode_no_name;
    const seconds negative = negative_ttl(in, h.authorities);
    if (!in.good()) return error{std::string(in.problem()), in.position()};
    if (no_name) out->state = status::no_name;
    // A chain that ends here with a SOA is a full negative answer; without one the resolver did not follow
    // it.
    if (no_name || (!out->alias.empty() && has_soa && negative > seconds(0))) out->alias.clear();
    if (out->alias.empty()) out->ttl = negative;
    return out;
}

}  // namespace

std::optional<std::string> normal_name(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > 253) return std::nullopt;
    std::size_t label = 0;
    for (char c : name) {
        if (c == '.') {
            if (label == 0) return std::nullopt;
            label = 0;
            continue;
        }
        if (!is_alnum(c) && c != '-' && c != '_') return std::nullopt;
        if (++label > 63) return std::nullopt;
    }
    if (label == 0) return std::nullopt;
    return to_lower(name);
}

std::string reverse_name(const net::ip_address& ip) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    if (ip.is_v4()) {
        const auto bytes = ip.to_v4().to_bytes();
        for (auto it = bytes.rbegin(); it != bytes.rend(); ++it) out += std::to_string(*it) + '.';
        return out + "in-addr.arpa";
    }
    const auto bytes = ip.to_v6().to_bytes();
    for (auto it = bytes.rbegin(); it != bytes.rend(); ++it) {
        out += digits[*it & 0xFU];
        out += '.';
        out += digits[*it >> 4U];
        out += '.';
    }
    return out + "ip6.arpa";
}

std::string encode_query(const question& q, std::uint16_t id) {
    std::string out;
    const auto put = [&out](unsigned value) {
        out += static_cast<char>(value >> 8U & 0xFFU);
        out += static_cast<char>(value & 0xFFU);
    };
    put(id);
    put(0x0100U | flag_authentic);  // recursion desired
    for (const unsigned count : std::array<unsigned, 4>{1, 0, 0, 0}) put(count);
    for (const auto label : split(q.name, '.')) {
        out += static_cast<char>(label.size());
        out += label;
    }
    out += '\0';
    put(static_cast<unsigned>(q.type));
    put(class_in);
    return out;
}

result<reply> parse_reply(std::string_view bytes, const question& q) {
    wire_reader in(bytes);
    const header h = read_header(in);
    if (!in.good()) return error{std::string(in.problem()), 0};
    if ((h.flags & flag_response) == 0 || (h.flags & mask_opcode) != 0) return error{"not an answer", 2};
    if ((h.flags & flag_truncated) != 0) return error{"truncated answer", 2};
    const unsigned rcode = h.flags & mask_rcode;
    if (rcode != rcode_no_error && rcode != rcode_no_name)
        return error{"DNS response code " + std::to_string(rcode), 3};
    if (h.questions != 1) return error{"not one question", 4};
    const std::string name = in.name();
    const std::uint16_t type = in.u16(), rr_class = in.u16();
    if (!in.good()) return error{std::string(in.problem()), in.position()};
    if (name != q.name || type != static_cast<std::uint16_t>(q.type) || rr_class != class_in)
        return error{"answer to another question", 12};
    auto out = read_sections(in, h, q);
    if (out) out->authentic = (h.flags & flag_authentic) != 0;
    return out;
}

}  // namespace stox::dns
