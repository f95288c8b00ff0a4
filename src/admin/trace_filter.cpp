// SPDX-License-Identifier: Apache-2.0
#include "admin/trace_filter.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace stox::admin {
namespace {

constexpr std::size_t max_decided = 100'000;

// What an address may go on with to either side. A dot behind it may also end a sentence.
bool in_address(char c) {
    constexpr std::string_view others = "-_.+%~\\";
    return (static_cast<unsigned char>(c) & 0x80U) != 0 || is_alpha(c) || is_digit(c) ||
           others.find(c) != std::string_view::npos;
}

// Whether `word`, an address or a domain, stands in the text, and not as a piece of another one.
bool names(std::string_view text, std::string_view lower_word) {
    const auto same = [](char a, char b) { return ascii_lower(a) == b; };
    auto from = text.begin();
    for (;;) {
        const auto at = std::search(from, text.end(), lower_word.begin(), lower_word.end(), same);
        if (at == text.end()) return false;
        auto behind = at + static_cast<std::ptrdiff_t>(lower_word.size());
        if (behind != text.end() && *behind == '.') ++behind;
        const bool begins = at == text.begin() || !in_address(*std::prev(at));
        const bool ends = behind == text.end() || !in_address(*behind);
        if (begins && ends) return true;
        from = std::next(at);
    }
}

// `wanted` without '@' is a domain and stands for all its users.
bool is_user(std::string_view address, std::string_view wanted) {
    if (wanted.find('@') == std::string_view::npos) {
        const auto at = address.rfind('@');
        if (at != std::string_view::npos) address.remove_prefix(at + 1);
    }
    return iequals(address, wanted);
}

}  // namespace

std::string bare_address(std::string_view text) {
    for (const std::string_view scheme : {"sip:", "sips:", "xmpp:"})
        if (istarts_with(text, scheme)) {
            text.remove_prefix(scheme.size());
            break;
        }
    return to_lower(text.substr(0, text.find('/')));
}

trace_filter::trace_filter(const request& r, const observe::journal& past,
                           const observe::conversation_ids& live)
    : conversation_(r.conversation), past_(past), live_(live) {
    for (const auto& a : r.addresses) addresses_.push_back(bare_address(a));
    if (!addresses_.empty()) learn_from_past();
}

bool trace_filter::pair_matches(std::string_view a, std::string_view b) const {
    return std::all_of(addresses_.begin(), addresses_.end(),
                       [&](const std::string& wanted) { return is_user(a, wanted) || is_user(b, wanted); });
}

bool trace_filter::mentioned(const observe::journal_entry& e) const {
    return std::all_of(addresses_.begin(), addresses_.end(), [&](const std::string& wanted) {
        return names(e.summary, wanted) || names(e.text, wanted) || names(e.peer, wanted);
    });
}

void trace_filter::learn_from_past() {
    live_.for_each(
        [&](const observe::conversation_ids::conversation& c) { decided_[c.id] = pair_matches(c.a, c.b); });
    std::map<std::string, std::set<std::string>> named;  // by ended conversation: the wanted ones seen
    past_.for_each([&](const observe::journal_entry& e) {
        if (e.conversation.empty() || decided_.count(e.conversation) != 0) return;
        for (const auto& wanted : addresses_)
            if (names(e.summary, wanted) || names(e.text, wanted)) named[e.conversation].insert(wanted);
    });
    const std::set<std::string> all(addresses_.begin(), addresses_.end());
    for (const auto& [id, seen] : named)
        if (seen == all) decided_[id] = true;
}

bool trace_filter::matches(const observe::journal_entry& e) {
    if (!conversation_.empty() && e.conversation != conversation_) return false;
    if (addresses_.empty()) return true;
    if (e.conversation.empty()) return mentioned(e);
    if (const auto found = decided_.find(e.conversation); found != decided_.end()) return found->second;
    bool known = false, wanted = false;
    live_.for_each([&](const observe::conversation_ids::conversation& c) {
        if (c.id != e.conversation) return;
        known = true;
        wanted = pair_matches(c.a, c.b);
    });
    if (!known) return mentioned(e);
    if (decided_.size() >= max_decided) decided_.clear();
    decided_[e.conversation] = wanted;
    return wanted;
}

}  // namespace stox::admin
