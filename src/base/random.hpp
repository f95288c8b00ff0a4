// SPDX-License-Identifier: Apache-2.0
// Randomness from the kernel (getrandom). Every tag, branch, id and key of stox comes from here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace stox {

std::string random_bytes(std::size_t count);

/// Lower-case base32 letters carrying at least `bits` random bits; a valid token, id and NCName suffix
/// everywhere.
std::string random_token(std::size_t bits = 80);

/// Uniform in [0, bound); bound > 0.
std::uint64_t random_below(std::uint64_t bound);

}  // namespace stox
