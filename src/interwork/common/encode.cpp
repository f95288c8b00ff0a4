// SPDX-License-Identifier: Apache-2.0
#include "interwork/common/encode.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace stox::interwork {
namespace {

// The length of the control character at `at`, 0 when there is none.
std::size_t control_at(std::string_view text, std::size_t at) {
    const auto b = static_cast<unsigned char>(text[at]);
    if (b < 0x20 || b == 0x7F) return 1;
    if (b == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return 2;
    const auto three = text.substr(at, 3);
    if (three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9") return 3;
    return 0;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t max) {
    const std::string valid = to_xml_text(text);
    std::string out;
    out.reserve(valid.size());
    for (std::size_t at = 0; at < valid.size();) {
        const std::size_t control = control_at(valid, at);
        out.push_back(control == 0 ? valid[at] : ' ');
        at += control == 0 ? 1 : control;
    }
    return std::string(trim(utf8_prefix(trim(out), max)));
}

std::string first_characters(std::string_view text, std::size_t count) {
    // Four bytes hold any character; one more character tells whether something was left out.
    const std::string line = one_line(utf8_prefix(text, 4 * (count + 1)));
    std::size_t at = 0;
    for (; count > 0 && at < line.size(); --count)
        for (++at; at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U;) ++at;
    return at == line.size() ? line : line.substr(0, at) + "\xE2\x80\xA6";
}

std::string language_tag(std::string_view text) {
    text = trim(text);
    if (text.size() > 64) return {};
    bool first = true;
    for (const auto part : split(text, '-')) {
        if (part.empty() || part.size() > 8) return {};
        for (char c : part)
            if (first ? !is_alpha(c) : !is_alnum(c)) return {};
        first = false;
    }
    return std::string(text);
}

}  // namespace stox::interwork
