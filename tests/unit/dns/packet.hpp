// SPDX-License-Identifier: Apache-2.0
// Builds DNS messages byte by byte for tests, well-formed or not.
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace stox::test {

class packet {
  public:
    packet& u8(unsigned v) {
        bytes_ += static_cast<char>(v & 0xFFU);
        return *this;
    }
    packet& u16(unsigned v) { return u8(v >> 8U).u8(v); }
    packet& u32(unsigned v) { return u16(v >> 16U).u16(v & 0xFFFFU); }
    packet& raw(std::string_view b) {
        bytes_ += b;
        return *this;
    }
    packet& text(std::string_view t) { return u8(static_cast<unsigned>(t.size())).raw(t); }
    packet& name(std::string_view n) {
        if (n == ".") return u8(0);
        for (const auto label : split(n, '.')) text(label);
        return u8(0);
    }
    packet& pointer(unsigned to) { return u16(0xC000U | to); }

    packet& header(unsigned id, unsigned flags, unsigned answers, unsigned authorities = 0) {
        return u16(id).u16(flags).u16(1).u16(answers).u16(authorities).u16(0);
    }
    packet& question(std::string_view n, unsigned type) { return name(n).u16(type).u16(1); }
    packet& record(std::string_view owner, unsigned type, unsigned ttl, const packet& data) {
        return name(owner)
            .u16(type)
            .u16(1)
            .u32(ttl)
            .u16(static_cast<unsigned>(data.bytes_.size()))
            .raw(data.bytes_);
    }
    packet& soa(std::string_view zone, unsigned ttl, unsigned minimum) {
        packet data;
        data.name("ns.example").name("admin.example").u32(1).u32(2).u32(3).u32(4).u32(minimum);
        return record(zone, 6, ttl, data);
    }

    const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
};

inline packet srv_data(unsigned priority, unsigned weight, unsigned port, std::string_view target) {
    packet p;
    p.u16(priority).u16(weight).u16(port).name(target);
    return p;
}
inline packet a_data(unsigned last) {
    packet p;
    p.u8(192).u8(0).u8(2).u8(last);
    return p;
}
inline packet name_data(std::string_view n) {
    packet p;
    p.name(n);
    return p;
}

constexpr unsigned answer_flags = 0x8180;     // response, recursion desired and available
constexpr unsigned authentic_flags = 0x81A0;  // the same with AD
constexpr unsigned no_name_flags = 0x8183;    // NXDOMAIN
constexpr unsigned server_failure_flags = 0x8182;

}  // namespace stox::test
