// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/cpim.hpp"

#include <array>
#include <cstdio>

#include "base/text.hpp"
#include "interwork/common/encode.hpp"

namespace stox::interwork {
namespace {

// RFC 3862 section 2.3.2: \\ \" \' \b \t \n \r and \uxxxx in header values; what matters here becomes text,
// what would be a control character a space (one_line).
std::string unescape_header(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '\\' || i + 1 >= value.size()) {
            out.push_back(value[i]);
            continue;
        }
        const char c = value[++i];
        out.push_back(c == 'n' || c == 'r' || c == 't' || c == 'b' ? ' ' : c);
    }
    return one_line(out);
}

// A whole name_addr; CPIM allows "Name <uri>" with an unquoted name of any words.
std::optional<sip::name_addr> read_address(std::string_view value) {
    const auto open = value.rfind('<');
    const auto close = value.rfind('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    auto uri = sip::uri::parse(value.substr(open + 1, close - open - 1));
    if (!uri) return std::nullopt;
    sip::name_addr out;
    out.address = std::move(*uri);
    auto name = trim(value.substr(0, open));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    out.display_name = unescape_header(name);
    return out;
}

template <std::size_t N>
std::optional<std::array<int, N>> numbers(std::string_view text, const std::array<std::size_t, N>& at,
                                          const std::array<std::size_t, N>& length) {
    std::array<int, N> out{};
    for (std::size_t i = 0; i < N; ++i) {
        const auto value = parse_decimal<int>(text.substr(std::min(at[i], text.size()), length[i]), 9999);
        if (!value) return std::nullopt;
        out[i] = *value;
    }
    return out;
}

// The zone at the end of a date-time as an offset from UTC.
std::optional<std::chrono::minutes> parse_zone(std::string_view zone) {
    if (zone == "Z" || zone == "z") return std::chrono::minutes{0};
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
    const auto parts = numbers<2>(zone, {1, 4}, {2, 2});
    if (!parts || (*parts)[0] > 23 || (*parts)[1] > 59) return std::nullopt;
    const std::chrono::minutes offset{(*parts)[0] * 60 + (*parts)[1]};
    return zone[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<wall_time> parse_date_time(std::string_view text) {
    text = trim(text);
    if (text.size() < 20 || text.size() > 40 || text[4] != '-' || text[7] != '-' || text[13] != ':' ||
        text[16] != ':' || (text[10] != 'T' && text[10] != 't'))
        return std::nullopt;
    const auto n = numbers<6>(text, {0, 5, 8, 11, 14, 17}, {4, 2, 2, 2, 2, 2});
    if (!n) return std::nullopt;
    auto rest = text.substr(19);
    if (rest.starts_with('.'))
        rest = rest.substr(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
    const auto zone = parse_zone(rest);
    const auto [year, month, day, hour, minute, second] = *n;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    // wall_time counts nanoseconds: it ends in 2262.
    if (!zone || !date.ok() || year < 1970 || year > 2200 || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    const auto local = std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                       std::chrono::seconds{second};
    return wall_time{local - *zone};
}

std::string to_date_time(wall_time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02ld:%02ld:%02ldZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<long>(clock.hours().count()),
                  static_cast<long>(clock.minutes().count()), static_cast<long>(clock.seconds().count()));
    return text.data();
}

result<cpim_wrapper> read_cpim(std::string_view body) {
    const auto headers = read_fields(body);
    cpim_wrapper out;
    for (const auto& [name, value] : headers) {
        if (iequals(name, "Require"))
            return error{"CPIM header required that is not understood: " + one_line(value, 80)};
        if (iequals(name, "From") && !out.from) {
            out.from = read_address(value);
            if (!out.from) return error{"the From of the CPIM wrapper cannot be read"};
        }
        if (iequals(name, "Subject") && out.subject.empty()) out.subject = unescape_header(value);
        if (iequals(name, "DateTime")) out.date_time = parse_date_time(value);
    }
    const auto mime = read_fields(body);
    out.content = leaf_of(mime, body);
    return out;
}

}  // namespace stox::interwork
