// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/memory.hpp"

#include "base/random.hpp"

namespace stox::interwork {
namespace {

constexpr auto pair_idle = std::chrono::minutes(10);
constexpr std::size_t longest_thread = 256;
constexpr auto call_idle = std::chrono::hours(24);
constexpr auto markup_kept = std::chrono::hours(24);

std::string pair_key(std::string_view xmpp_user, std::string_view sip_user) {
    std::string key(xmpp_user);
    key += '\n';
    key += sip_user;
    return key;
}

}  // namespace

void message_memory::note(std::string_view xmpp_user, std::string_view sip_user, last_words words,
                          steady_time now) {
    const auto key = pair_key(xmpp_user, sip_user);
    // One that no reply could carry whole.
    if (words.thread.size() > longest_thread) words.thread.clear();
    if (words.thread.empty())
        if (auto* known = pairs_.find(key, now)) words.thread = std::move(known->thread);
    pairs_.put(key, std::move(words), now + pair_idle);
}

std::optional<message_memory::last_words> message_memory::recall(std::string_view xmpp_user,
                                                                 std::string_view sip_user, steady_time now) {
    const auto* found = pairs_.find(pair_key(xmpp_user, sip_user), now);
    if (found == nullptr) return std::nullopt;
    return *found;
}

void message_memory::note_markup(std::string_view sip_user, rich_text taken, steady_time now) {
    if (taken != rich_text::none) markup_.put(std::string(sip_user), taken, now + markup_kept);
}

rich_text message_memory::markup_for(std::string_view sip_user, steady_time now) {
    const auto* known = markup_.find(std::string(sip_user), now);
    return known == nullptr ? rich_text::none : *known;
}

message_memory::call message_memory::next_in(const std::string& call_id, steady_time now) {
    const auto* found = calls_.find(call_id, now);
    call next = found == nullptr ? call{random_token(64), 0} : *found;
    ++next.cseq;
    calls_.put(call_id, next, now + call_idle);
    return next;
}

}  // namespace stox::interwork
