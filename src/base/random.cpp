// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <sys/random.h>

#include <cstring>
#include <system_error>

#include "base/encoding.hpp"

namespace stox {

std::string random_bytes(std::size_t count) {
    std::string out(count, '\0');
    std::size_t filled = 0;
    while (filled < count) {
        const auto n = getrandom(out.data() + filled, count - filled, 0);
        if (n < 0) {
            if (errno == EINTR) continue;
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        filled += static_cast<std::size_t>(n);
    }
    return out;
}

std::string random_token(std::size_t bits) { return to_base32(random_bytes((bits + 7) / 8)); }

std::uint64_t random_below(std::uint64_t bound) {
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
        std::uint64_t value = 0;
        const auto bytes = random_bytes(sizeof value);
        std::memcpy(&value, bytes.data(), sizeof value);
        if (value < limit) return value % bound;
    }
}

}  // namespace stox
