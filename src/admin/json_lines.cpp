// SPDX-License-Identifier: Apache-2.0
#include "admin/json_lines.hpp"

#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <ctime>

#include "base/utf8.hpp"

namespace stox::admin {

std::string clean(std::string_view bytes) { return to_xml_text(bytes); }

std::string iso_time(wall_time t) {
    const auto since_epoch =
        std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
    const std::time_t whole = since_epoch / 1'000'000;
    std::tm parts{};
    gmtime_r(&whole, &parts);
    std::array<char, 48> out{};
    const auto size = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(out.data() + size, out.size() - size, ".%06dZ", static_cast<int>(since_epoch % 1'000'000));
    return out.data();
}

std::string end_line() { return "{\"end\":true}\n"; }

std::string error_line(std::string_view words) {
    boost::json::object line;
    line["error"] = clean(words);
    return boost::json::serialize(line) + '\n';
}

}  // namespace stox::admin
