// SPDX-License-Identifier: Apache-2.0
#include "dns/wire.hpp"

#include "base/text.hpp"

namespace stox::dns {
namespace {

constexpr std::size_t max_name = 253;
constexpr unsigned pointer_bits = 0xC0;

void append_label(std::string& out, std::string_view label) {
    if (!out.empty()) out += '.';
    for (char c : label) out += is_alnum(c) || c == '-' || c == '_' ? ascii_lower(c) : '?';
}

}  // namespace

std::string_view wire_reader::bytes(std::size_t count) {
    if (!good()) return {};
    if (count > message_.size() - at_) {
        fail("message ends too early");
        return {};
    }
    const auto out = message_.substr(at_, count);
    at_ += count;
    return out;
}

std::uint8_t wire_reader::u8() {
    const auto b = bytes(1);
    return b.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(b[0]);
}

std::uint16_t wire_reader::u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>(high << 8U | u8());
}

std::uint32_t wire_reader::u32() {
    const std::uint32_t high = u16();
    return high << 16U | u16();
}

std::string wire_reader::name() {
    std::string out;
    std::size_t behind = 0;     // where reading goes on after the first pointer
    std::size_t barrier = at_;  // pointers must lead before this
    while (good()) {
        const unsigned size = u8();
        if (size == 0) break;
        if ((size & pointer_bits) == pointer_bits) {
            const std::size_t target = (size & 0x3FU) << 8U | u8();
            if (behind == 0) behind = at_;
            if (target >= barrier) fail("compression pointer does not lead back");
            if (!good()) break;
            barrier = target;
            at_ = target;
            continue;
        }
        if ((size & pointer_bits) != 0) {
            fail("label of an unknown kind");
            break;
        }
        append_label(out, bytes(size));
        if (out.size() > max_name) fail("name is too long");
    }
    if (behind != 0) at_ = behind;
    if (!good()) return {};
    return out.empty() ? "." : out;
}

wire_reader wire_reader::at(std::size_t position) const {
    wire_reader out(message_);
    if (position > message_.size()) out.fail("message ends too early");
    out.at_ = std::min(position, message_.size());
    return out;
}

}  // namespace stox::dns
