// SPDX-License-Identifier: Apache-2.0
#include "interwork/common/crossing_log.hpp"

#include <utility>
#include <vector>

namespace stox::interwork {

std::optional<std::size_t> log_brake::admit(const std::string& key, steady_time now) {
    // Kept beyond its period, so that what was left out can still be told.
    const auto kept_until = now + 10 * period_;
    auto* known = keys_.find(key, now);
    if (known != nullptr && now < known->until) {
        ++known->left_out;
        return std::nullopt;
    }
    const std::size_t left_out = known == nullptr ? 0 : known->left_out;
    keys_.put(key, {now + period_, 0}, kept_until);
    return left_out;
}

void log_brake::tell_left_out(steady_time now,
                              const std::function<void(const std::string&, std::size_t)>& tell) {
    std::vector<std::pair<std::string, std::size_t>> ended;
    keys_.for_each([&](const std::string& key, const state& s) {
        if (s.until <= now) ended.emplace_back(key, s.left_out);
    });
    for (const auto& [key, count] : ended) {
        if (count > 0) tell(key, count);
        keys_.erase(key);
    }
}

void crossing_log::delivered(const event& e) {
    if (!log::enabled(log::level::debug)) return;
    log::debug(
        "delivered",
        {{"cid", trace_.conversation(e.from, e.to)}, {"from", e.from}, {"to", e.to}, {"status", e.status}});
}

void crossing_log::write(std::string_view what, const std::string& payer, const event& e, steady_time now) {
    const std::string sentence =
        (what == "refused" ? "refused with " : "not delivered: ") + e.status + ": " + e.reason;
    trace_.decision(e.from, e.to, sentence);
    const auto left_out = payers_.admit(payer, now);
    if (!left_out) return;
    const std::string cid = trace_.conversation(e.from, e.to);
    log::info(what, {{"cid", cid},
                     {"source", e.source},
                     {"from", e.from},
                     {"to", e.to},
                     {"status", e.status},
                     {"reason", e.reason},
                     {"left_out", std::to_string(*left_out)}});
}

void crossing_log::needs_public_address(const std::string& domain, const std::string& line, steady_time now) {
    if (!nat_.admit(domain, now)) return;
    log::warn("public_address_missing", {{"domain", domain}, {"line", line}});
}

void crossing_log::tidy(steady_time now) {
    payers_.tell_left_out(now, [](const std::string& payer, std::size_t count) {
        log::info("left_out", {{"from", payer}, {"count", std::to_string(count)}});
    });
    nat_.tell_left_out(now, [](const std::string&, std::size_t) {});
}

}  // namespace stox::interwork
