// SPDX-License-Identifier: Apache-2.0
// Reading of test vectors and their tables.
#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "sip/framer.hpp"
#include "sip/message.hpp"

namespace vectors {

inline std::string read(const std::string& path) {
    std::ifstream in(std::string(STOX_VECTORS) + "/" + path, std::ios::binary);
    if (!in) throw std::runtime_error("no vector " + path);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The rows of a table with a head line; lines that start with '#' are comments.
inline std::vector<std::map<std::string, std::string>> table(const std::string& path) {
    std::istringstream in(read(path));
    std::vector<std::string> columns;
    std::vector<std::map<std::string, std::string>> rows;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with('#')) continue;
        const auto cells = stox::split(line, '\t');
        if (columns.empty()) {
            columns.assign(cells.begin(), cells.end());
            continue;
        }
        auto& row = rows.emplace_back();
        for (std::size_t i = 0; i < cells.size(); ++i) row[columns.at(i)] = cells[i];
    }
    return rows;
}

/// What the parser makes of one datagram, in the words of the tables.
inline std::string verdict(const std::string& bytes) {
    const auto m = stox::sip::message::parse(bytes);
    if (!m) return "drop";
    const auto found = check(*m);
    if (!found) return "accept";
    return m->is_request() ? "refuse " + std::to_string(found->status) : "drop";
}

inline std::string words(const stox::sip::framed& unit) {
    using kind = stox::sip::framed::kind;
    switch (unit.what) {
        case kind::message:
            return "message";
        case kind::pong:
            return "pong";
        case kind::ping:
            return "ping";
        case kind::fault:
            break;
    }
    const bool answered = refusal(unit).has_value();
    return "fault " + std::to_string(unit.fault.status) + (answered ? "" : "(no answer)");
}

inline std::vector<stox::sip::framed> drain(stox::sip::framer& f) {
    std::vector<stox::sip::framed> out;
    while (auto unit = f.next()) out.push_back(std::move(*unit));
    return out;
}

inline std::vector<stox::sip::framed> frame(const std::string& bytes) {
    stox::sip::framer f;
    f.feed(bytes);
    return drain(f);
}

}  // namespace vectors
