// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/notice_ring.hpp"

#include <algorithm>
#include <functional>

namespace stox::interwork {
namespace {

std::uint64_t hashed(std::string_view key) {
    const std::uint64_t hash = std::hash<std::string_view>{}(key);
    return hash == 0 ? 1 : hash;
}

}  // namespace

notice_ring::notice_ring(std::size_t notices, std::size_t bytes)
    : keys_(std::max<std::size_t>(notices, 16)),
      slots_(keys_.size()),
      bytes_(std::max<std::size_t>(bytes, 16), '\0') {}

void notice_ring::drop_oldest() {
    keys_[first_] = 0;
    first_ = (first_ + 1) % slots_.size();
    --count_;
}

// What lies behind the last piece belongs to the lap before: first its rest at the end when a new lap begins,
// then what the new piece covers, always oldest first.
void notice_ring::make_room(std::size_t offset, std::size_t size) {
    if (count_ == slots_.size()) drop_oldest();
    if (offset < next_offset_)
        while (count_ > 0 && oldest().offset >= next_offset_) drop_oldest();
    const auto covered = [&](const slot& s) {
        return s.offset < offset + size && offset < s.offset + s.size;
    };
    while (count_ > 0 && covered(oldest())) drop_oldest();
}

bool notice_ring::keep(std::string_view key, std::string_view text, steady_time expires) {
    if (text.empty() || text.size() > bytes_.size() / 8) return false;
    const std::size_t offset = next_offset_ + text.size() <= bytes_.size() ? next_offset_ : 0;
    make_room(offset, text.size());
    std::copy(text.begin(), text.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    next_offset_ = offset + text.size();
    const std::size_t at = (first_ + count_) % slots_.size();
    slots_[at] = {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(text.size()), expires};
    keys_[at] = hashed(key);
    ++count_;
    return true;
}

std::optional<std::string> notice_ring::take(std::string_view key, steady_time now) {
    const auto found = std::find(keys_.begin(), keys_.end(), hashed(key));
    if (found == keys_.end()) return std::nullopt;
    *found = 0;
    const slot& s = slots_[static_cast<std::size_t>(found - keys_.begin())];
    if (s.expires <= now) return std::nullopt;
    return std::string(bytes_.data() + s.offset, s.size);
}

}  // namespace stox::interwork
