// SPDX-License-Identifier: Apache-2.0
#include "sip/incoming.hpp"

#include <utility>

#include "base/random.hpp"
#include "sip/transaction/key.hpp"

namespace stox::sip {

incoming::incoming(message request, flow from, std::shared_ptr<const void> keep,
                   std::shared_ptr<const lifeline> stack, std::string user_agent)
    : request_(std::move(request)),
      from_(std::move(from)),
      keep_(std::move(keep)),
      stack_(std::move(stack)),
      user_agent_(std::move(user_agent)),
      to_tag_(random_token(64)),
      id_(random_token(40)) {}

incoming::~incoming() {
    if (answered_) return;
    try {
        incoming::respond(500, {});
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the transaction ends by its timers
    }
}

void incoming::respond(message response) {
    const int status = response.status();
    // RFC 4320 section 4.1: no provisional response but 100 to anything but INVITE, and 100 is the
    // transaction's.
    if (answered_ || status < 100 || (status < 200 && request_.method() != "INVITE")) return;
    if (status >= 200) answered_ = true;
    if (stack_->to == nullptr) return;
    if (status != 100) add_to_tag(response, to_tag_);
    if (!user_agent_.empty() && !response.header("Server")) response.add("Server", user_agent_);
    stack_->to->send_response(transaction_, std::move(response));
}

void incoming::respond(int status, std::string_view reason) {
    respond(message::response(request_, status, reason));
}

void incoming::mark_proven() {
    if (stack_->to != nullptr) stack_->to->mark_proven(from_);
}

std::string incoming::trying() { return message::response(request_, 100).to_bytes(); }

void add_to_tag(message& response, std::string_view tag) {
    const auto to = response.header("To");
    if (!to || !transaction::tag_of(*to).empty()) return;
    // One that is there and empty must not get another beside it.
    auto address = name_addr::parse(*to);
    if (address && address->parameter("tag") != nullptr) {
        address->set_parameter("tag", tag);
        return response.set("To", address->to_string());
    }
    // Behind whatever stands there: a To without angle brackets takes header parameters as well.
    std::string tagged(*to);
    (tagged += ";tag=") += tag;
    response.set("To", tagged);
}

}  // namespace stox::sip
