// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/message_feature.hpp"

namespace stox::interwork {
namespace {

class message_feature final : public feature {
  public:
    explicit message_feature(const context& c) : state_(c), to_xmpp_(state_), to_sip_(state_) {}

    std::string_view name() const override { return "message"; }
    void tidy(steady_time now) override {
        state_.memory.drop_expired(now);
        state_.log.tidy(now);
    }

  private:
    message_state state_;
    message_to_xmpp to_xmpp_;
    message_to_sip to_sip_;
};

}  // namespace

std::unique_ptr<feature> make_message_feature(const context& c) {
    return std::make_unique<message_feature>(c);
}

}  // namespace stox::interwork
