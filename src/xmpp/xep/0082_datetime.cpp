// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/0082_datetime.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace stox::xmpp::xep {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// Reads fixed-width digits and literal characters off the front.
class cursor {
  public:
    explicit cursor(std::string_view text) : text_(text) {}

    std::optional<int> number(std::size_t width, int max) {
        if (text_.size() < width) return std::nullopt;
        const auto value = parse_decimal<int>(text_.substr(0, width), max);
        text_.remove_prefix(width);
        return value;
    }
    bool literal(char c) {
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    std::size_t digits() const {
        std::size_t count = 0;
        while (count < text_.size() && is_digit(text_[count])) ++count;
        return count;
    }
    std::string_view take(std::size_t count) {
        const auto taken = text_.substr(0, count);
        text_.remove_prefix(count);
        return taken;
    }
    bool at_end() const { return text_.empty(); }

  private:
    std::string_view text_;
};

std::optional<std::chrono::sys_days> read_date(cursor& in) {
    const auto year = in.number(4, 9999);
    if (!year || !in.literal('-')) return std::nullopt;
    const auto month = in.number(2, 12);
    if (!month || !in.literal('-')) return std::nullopt;
    const auto day = in.number(2, 31);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *year < 1970) return std::nullopt;
    return std::chrono::sys_days(date);
}

std::optional<milliseconds> read_time(cursor& in) {
    const auto hour = in.number(2, 23);
    if (!hour || !in.literal(':')) return std::nullopt;
    const auto minute = in.number(2, 59);
    if (!minute || !in.literal(':')) return std::nullopt;
    const auto second = in.number(2, 60);
    if (!second) return std::nullopt;
    milliseconds out = hours(*hour) + minutes(*minute) + seconds(*second);
    if (!in.literal('.')) return out;
    const auto fraction = in.take(in.digits());
    if (fraction.empty()) return std::nullopt;
    const std::string thousandths = (std::string(fraction) + "00").substr(0, 3);
    return out + milliseconds(parse_decimal<int>(thousandths, 999).value_or(0));
}

std::optional<minutes> read_offset(cursor& in) {
    if (in.literal('Z')) return minutes(0);
    const bool east = in.literal('+');
    if (!east && !in.literal('-')) return std::nullopt;
    const auto hour = in.number(2, 23);
    if (!hour || !in.literal(':')) return std::nullopt;
    const auto minute = in.number(2, 59);
    if (!minute) return std::nullopt;
    const minutes offset = hours(*hour) + minutes(*minute);
    return east ? offset : -offset;
}

}  // namespace

std::string to_datetime(wall_time moment) {
    const auto whole = std::chrono::floor<seconds>(moment);
    const auto day = std::chrono::floor<days>(whole);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(whole - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::optional<wall_time> parse_datetime(std::string_view text) {
    cursor in(text);
    const auto date = read_date(in);
    if (!date || !in.literal('T')) return std::nullopt;
    const auto time = read_time(in);
    if (!time) return std::nullopt;
    const auto offset = read_offset(in);
    if (!offset || !in.at_end()) return std::nullopt;
    return wall_time(*date) + *time - *offset;
}

}  // namespace stox::xmpp::xep
