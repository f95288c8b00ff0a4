// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"

#include <cstdint>

namespace stox {
namespace {

struct decoded {
    std::uint32_t code_point;
    std::size_t length;  // 0: not valid at this position
};

// RFC 3629 section 4: the well-formed byte sequences, by lead byte.
decoded decode_at(std::string_view bytes, std::size_t at) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
        return at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U;
    };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    if (lead >= 0xC2 && lead <= 0xDF && tail(1)) return {(lead & 0x1FU) << 6 | (byte(1) & 0x3FU), 2};
    if (lead >= 0xE0 && lead <= 0xEF && tail(1) && tail(2)) {
        const std::uint32_t cp = (lead & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
        if (cp >= 0x800 && (cp < 0xD800 || cp > 0xDFFF)) return {cp, 3};
    }
    if (lead >= 0xF0 && lead <= 0xF4 && tail(1) && tail(2) && tail(3)) {
        const std::uint32_t cp =
            (lead & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 | (byte(3) & 0x3FU);
        if (cp >= 0x10000 && cp <= 0x10FFFF) return {cp, 4};
    }
    return {0, 0};
}

bool is_xml_char(std::uint32_t cp) {
    if (cp < 0x20) return cp == '\t' || cp == '\n' || cp == '\r';
    return cp != 0xFFFE && cp != 0xFFFF;
}

// How many bytes from `at` on are ASCII that XML takes as it is: nearly all text, so it is not decoded.
std::size_t plain_run(std::string_view bytes, std::size_t at) {
    const std::size_t begin = at;
    while (at < bytes.size()) {
        const auto c = static_cast<unsigned char>(bytes[at]);
        if (c >= 0x80 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r')) break;
        ++at;
    }
    return at - begin;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    for (std::size_t at = plain_run(bytes, 0); at < bytes.size(); at += plain_run(bytes, at)) {
        const auto d = decode_at(bytes, at);
        if (d.length == 0) return false;
        at += d.length;
    }
    return true;
}

std::string to_xml_text(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t plain = plain_run(bytes, at);
        out.append(bytes.substr(at, plain));
        at += plain;
        if (at == bytes.size()) break;
        const auto d = decode_at(bytes, at);
        if (d.length != 0 && is_xml_char(d.code_point))
            out.append(bytes.substr(at, d.length));
        else
            out.append("\xEF\xBF\xBD");
        at += d.length == 0 ? 1 : d.length;
    }
    return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max) {
    if (text.size() <= max) return text;
    while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xC0U) == 0x80U) --max;
    return text.substr(0, max);
}

std::string latin1_to_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (char c : bytes) {
        const auto b = static_cast<unsigned char>(c);
        if (b < 0x80) {
            out.push_back(c);
        } else {
            out.push_back(static_cast<char>(0xC0U | b >> 6));
            out.push_back(static_cast<char>(0x80U | (b & 0x3FU)));
        }
    }
    return out;
}

}  // namespace stox
