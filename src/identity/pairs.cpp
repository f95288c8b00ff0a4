// SPDX-License-Identifier: Apache-2.0
#include "identity/pairs.hpp"

#include <algorithm>
#include <string>

#include "base/bounded_map.hpp"

namespace stox::identity {
namespace {

constexpr std::chrono::hours kept{30 * 24};
constexpr std::size_t most = 100'000;

std::string key_of(std::string_view a, std::string_view b) {
    const auto [first, second] = std::minmax(a, b);
    return std::string(first) + '\n' + std::string(second);
}

class memory final : public pair_memory {
  public:
    bool have_talked(std::string_view a, std::string_view b, steady_time now) override {
        return pairs_.find(key_of(a, b), now) != nullptr;
    }
    void note(std::string_view a, std::string_view b, steady_time now) override {
        pairs_.put(key_of(a, b), true, now + kept);
    }
    void drop_expired(steady_time now) override { pairs_.drop_expired(now); }

  private:
    bounded_map<std::string, bool> pairs_{most};
};

}  // namespace

std::unique_ptr<pair_memory> make_pair_memory() { return std::make_unique<memory>(); }

}  // namespace stox::identity
