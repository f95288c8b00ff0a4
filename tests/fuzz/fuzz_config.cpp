// SPDX-License-Identifier: Apache-2.0
// The configuration loader: any text gives a configuration or an error that names a line, never a crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto r = stox::config::parse(std::string_view(reinterpret_cast<const char*>(data), size), "f");
    if (r) {
        if (!stox::config::changes(*r, *r).empty()) std::abort();
        stox::config::changes({}, *r);
    } else if (!r.error().text.starts_with("f:")) {
        std::abort();
    }
    return 0;
}
