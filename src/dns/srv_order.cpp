// SPDX-License-Identifier: Apache-2.0
#include "dns/srv_order.hpp"

#include <algorithm>
#include <iterator>

#include "base/random.hpp"

namespace stox::dns {

std::vector<srv_record> srv_order(std::vector<srv_record> records,
                                  const std::function<std::uint64_t(std::uint64_t)>& random) {
    // RFC 2782: weight 0 stands first within its priority, so that it is chosen only by the number 0.
    std::stable_sort(records.begin(), records.end(), [](const srv_record& a, const srv_record& b) {
        if (a.priority != b.priority) return a.priority < b.priority;
        return a.weight == 0 && b.weight != 0;
    });
    std::vector<srv_record> out;
    out.reserve(records.size());
    while (!records.empty()) {
        const auto group_end = std::find_if(records.begin(), records.end(), [&](const srv_record& r) {
            return r.priority != records.front().priority;
        });
        std::uint64_t total = 0;
        for (auto it = records.begin(); it != group_end; ++it) total += it->weight;
        const std::uint64_t chosen = random(total + 1);
        std::uint64_t running = 0;
        auto pick = records.begin();
        for (; std::next(pick) != group_end; ++pick) {
            running += pick->weight;
            if (running >= chosen) break;
        }
        out.push_back(std::move(*pick));
        records.erase(pick);
    }
    return out;
}

std::vector<srv_record> srv_order(std::vector<srv_record> records) {
    return srv_order(std::move(records), random_below);
}

}  // namespace stox::dns
