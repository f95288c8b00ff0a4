// SPDX-License-Identifier: Apache-2.0
// docs/config.md and the schema say the same.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "config/schema.hpp"

using namespace stox::config;

namespace {

std::string document() {
    std::ifstream in(STOX_VECTORS "/../../docs/config.md");
    return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string row(const key& k) {
    stox::config::config defaults;
    const std::string shown = k.show(target{&defaults});
    const std::string restart = k.at_start ? " *" : "";
    return "| `" + std::string(k.name) + "`" + restart + " | `" + shown + "` | " + std::string(k.meaning) +
           " |";
}

}  // namespace

TEST_CASE("config: docs/config.md has each key with its default and meaning, under its table") {
    const auto text = document();
    REQUIRE_FALSE(text.empty());
    std::set<std::string> tables;
    for (const auto& k : keys()) {
        INFO("missing in docs/config.md:\n" << row(k));
        const auto heading =
            k.table.empty() ? std::string("## Top level") : "`[" + std::string(k.table) + "]`";
        const auto list_heading = "`[[" + std::string(k.table) + "]]`";
        const auto route_heading = std::string("`[route.\"DOMAIN\"]`");
        const bool has_heading = text.find(heading) != std::string::npos ||
                                 text.find(list_heading) != std::string::npos ||
                                 (k.table == "route.DOMAIN" && text.find(route_heading) != std::string::npos);
        CHECK(has_heading);
        CHECK(text.find(row(k)) != std::string::npos);
    }
}

TEST_CASE("config: docs/config.md documents no key that is not there") {
    const auto text = document();
    std::size_t rows = 0;
    for (std::size_t at = text.find("\n| `"); at != std::string::npos; at = text.find("\n| `", at + 1))
        ++rows;
    CHECK(rows == keys().size());
}
