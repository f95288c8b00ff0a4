// SPDX-License-Identifier: Apache-2.0
#include "sip/auth/answers.hpp"

#include <algorithm>
#include <utility>

#include "base/random.hpp"
#include "base/text.hpp"

namespace stox::sip {

namespace {

constexpr int most_rounds = 4;

bool is_stale(const challenge& c) {
    const auto* stale = c.value.parameter("stale");
    return stale != nullptr && iequals(*stale, "true");
}

}  // namespace

bool challenge_answers::take(challenge asked, const passwords& known) {
    const std::string realm = asked.realm();
    if (!nonces_.insert(realm + "\n" + asked.nonce()).second)
        return false;  // it was answered, and that was no good
    const auto same = [&](const answered& a) {
        return a.asked.proxy == asked.proxy && a.asked.realm() == realm;
    };
    const auto before = std::find_if(given_.begin(), given_.end(), same);
    if (before != given_.end() && !is_stale(asked)) return false;
    auto who = known(realm);
    if (!who) return false;
    if (before != given_.end()) given_.erase(before);
    given_.push_back({std::move(asked), std::move(*who), 0});
    return true;
}

bool challenge_answers::answer(message& request, const message& response, const passwords& known) {
    if (rounds_ == most_rounds) return false;
    bool news = false;
    for (auto& asked : strongest_challenges(response)) news = take(std::move(asked), known) || news;
    if (!news) return false;
    ++rounds_;
    for (const auto name : {"Authorization", "Proxy-Authorization"}) request.remove(name);
    for (auto& a : given_) {
        // A nonce is used with a count that grows, or its server takes the request for a replay (RFC 7616
        // section 3.4).
        const auto value = credentials_for(a.asked, a.who, request.method(), request.request_uri(),
                                           random_token(96), ++a.uses);
        request.add(a.asked.answer_header(), value);
    }
    return true;
}

}  // namespace stox::sip
