// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/verdicts.hpp"

namespace stox::interwork {
namespace {

constexpr auto kept_for = std::chrono::seconds(30);

}  // namespace

awaitable<std::optional<xmpp::stanza_error>> verdicts::ticket::wait(steady_time until) {
    co_await arrived_.wait(until);
    co_return error_;
}

std::shared_ptr<verdicts::ticket> verdicts::open(const std::string& id, const xmpp::jid& to,
                                                 late_notice notice) {
    auto waiting = std::make_shared<ticket>(executor_);
    open_.put(id, entry{to, std::move(notice), waiting}, steady_clock::now() + kept_for);
    return waiting;
}

bool verdicts::resolve(const std::string& id, const xmpp::jid& from, const xmpp::stanza_error& error,
                       std::optional<late_notice>& late) {
    auto* found = open_.find(id, steady_clock::now());
    if (found == nullptr || found->to.bare() != from.bare()) return false;
    if (const auto waiting = found->waiting.lock()) {
        waiting->error_ = error;
        waiting->arrived_.set();
    } else {
        late = std::move(found->notice);
    }
    open_.erase(id);
    return true;
}

}  // namespace stox::interwork
