// SPDX-License-Identifier: Apache-2.0
// RFC 2782's order of SRV records with the randomness as an input, for tests; others call dns::srv_order.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dns/resolver.hpp"

namespace stox::dns {

/// `random(bound)` gives a number in [0, bound).
std::vector<srv_record> srv_order(std::vector<srv_record> records,
                                  const std::function<std::uint64_t(std::uint64_t)>& random);

}  // namespace stox::dns
