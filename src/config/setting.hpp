// SPDX-License-Identifier: Apache-2.0
// One node of the configuration file after the TOML parser is done with it, and typed reading from it. Knows
// no keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace stox::config {

struct named_setting;

struct setting {
    enum class kind { boolean, integer, text, list, table, other };
    kind is = kind::other;
    bool flag = false;
    std::int64_t number = 0;
    std::string text;
    std::vector<setting> items;         // of a list
    std::vector<named_setting> fields;  // of a table
    std::size_t line = 0;
};

struct named_setting {
    std::string name;
    setting value;
};

/// "a whole number": for messages.
std::string_view name_of(setting::kind k);

/// The tree of a TOML text; the error's offset is the line.
result<setting> parse_toml(std::string_view text);

/// Reads a setting into a field; the first thing that does not fit stays as the problem.
class field_reader {
  public:
    explicit field_reader(const setting& s) : setting_(s) {}

    void read(bool& out);
    void read(std::string& out);
    void read(std::vector<std::string>& out);
    template <class Integer>
    void read(Integer& out, std::int64_t least, std::int64_t most) {
        std::int64_t value = 0;
        if (whole_number(value, least, most)) out = static_cast<Integer>(value);
    }

    void fail(std::string problem) {
        if (problem_.empty()) problem_ = std::move(problem);
    }
    const std::string& problem() const { return problem_; }

  private:
    bool wants(setting::kind k);
    bool whole_number(std::int64_t& out, std::int64_t least, std::int64_t most);

    const setting& setting_;
    std::string problem_;
};

}  // namespace stox::config
