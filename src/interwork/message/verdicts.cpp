// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/verdicts.hpp"

#include <array>

namespace stox::interwork {
namespace {

constexpr auto kept_for = std::chrono::minutes(10);

// None of the parts can hold NUL: addresses and texts were read as XML or SIP text.
std::string pack(std::string_view sent_to, const late_notice& notice) {
    std::string out(sent_to);
    for (const std::string_view part :
         {std::string_view(notice.to), std::string_view(notice.from), std::string_view(notice.quote)}) {
        out.push_back('\0');
        out += part;
    }
    return out;
}

late_notice unpack(std::string_view packed) {
    std::array<std::string, 3> parts;
    for (auto& part : parts) {
        packed.remove_prefix(packed.find('\0') + 1);
        part = packed.substr(0, packed.find('\0'));
    }
    return {parts[0], parts[1], parts[2]};
}

}  // namespace

verdicts::ticket::ticket(verdicts& all, std::string id, const xmpp::jid& to, late_notice notice)
    : all_(all),
      id_(std::move(id)),
      to_(to.bare().to_string()),
      notice_(std::move(notice)),
      arrived_(all.executor_) {
    all_.waiting_.insert_or_assign(id_, this);
}

verdicts::ticket::~ticket() { all_.waiting_.erase(id_); }

awaitable<std::optional<xmpp::stanza_error>> verdicts::ticket::wait(steady_time until) {
    co_await arrived_.wait(until);
    co_return error_;
}

void verdicts::ticket::answered() {
    all_.waiting_.erase(id_);
    if (!notice_.to.empty()) all_.late_.keep(id_, pack(to_, notice_), steady_clock::now() + kept_for);
}

std::unique_ptr<verdicts::ticket> verdicts::open(std::string id, const xmpp::jid& to, late_notice notice) {
    return std::make_unique<ticket>(*this, std::move(id), to, std::move(notice));
}

bool verdicts::resolve(const std::string& id, const xmpp::jid& from, const xmpp::stanza_error& error,
                       std::optional<late_notice>& late) {
    const std::string sender = from.bare().to_string();
    if (const auto found = waiting_.find(id); found != waiting_.end()) {
        if (found->second->to_ != sender) return false;
        found->second->error_ = error;
        found->second->arrived_.set();
        waiting_.erase(found);
        return true;
    }
    const auto now = steady_clock::now();
    const auto packed = late_.take(id, now);
    if (!packed) return false;
    if (packed->substr(0, packed->find('\0')) != sender) {
        // Somebody else's word: the addressee's own may still come.
        late_.keep(id, *packed, now + kept_for);
        return false;
    }
    late = unpack(*packed);
    return true;
}

}  // namespace stox::interwork
