// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.hpp"

#include <array>
#include <cstdint>

namespace stox {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";

std::uint32_t octet(char c) { return static_cast<unsigned char>(c); }

}  // namespace

std::string to_hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char c : bytes) {
        out.push_back(hex_digits[octet(c) >> 4]);
        out.push_back(hex_digits[octet(c) & 0xFU]);
    }
    return out;
}

std::string to_base64(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = octet(bytes[i]) << 16;
        if (n > 1) group |= octet(bytes[i + 1]) << 8;
        if (n > 2) group |= octet(bytes[i + 2]);
        out.push_back(base64_digits[group >> 18 & 0x3FU]);
        out.push_back(base64_digits[group >> 12 & 0x3FU]);
        out.push_back(n > 1 ? base64_digits[group >> 6 & 0x3FU] : '=');
        out.push_back(n > 2 ? base64_digits[group & 0x3FU] : '=');
    }
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        std::size_t digits = 4;
        if (last && text[i + 3] == '=') digits = text[i + 2] == '=' ? 2 : 3;
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            group <<= 6;
            if (k >= digits) continue;
            const auto value = base64_digits.find(text[i + k]);
            if (value == std::string_view::npos) return std::nullopt;
            group |= static_cast<std::uint32_t>(value);
        }
        if ((digits == 2 && (group & 0xFFFFU) != 0) || (digits == 3 && (group & 0xFFU) != 0))
            return std::nullopt;
        out.push_back(static_cast<char>(group >> 16 & 0xFFU));
        if (digits > 2) out.push_back(static_cast<char>(group >> 8 & 0xFFU));
        if (digits > 3) out.push_back(static_cast<char>(group & 0xFFU));
    }
    return out;
}

std::string to_base32(std::string_view bytes) {
    std::string out;
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (char c : bytes) {
        buffer = (buffer << 8 | octet(c)) & 0xFFFFU;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            out.push_back(base32_digits[buffer >> bits & 0x1FU]);
        }
    }
    if (bits > 0) out.push_back(base32_digits[buffer << (5 - bits) & 0x1FU]);
    return out;
}

}  // namespace stox
