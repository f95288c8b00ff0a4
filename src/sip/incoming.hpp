// SPDX-License-Identifier: Apache-2.0
// The handle of one server transaction that a request handler holds; it stays usable, and harmless, when the
// transaction or the stack has ended.
#pragma once

#include <memory>
#include <string>

#include "sip/stack.hpp"
#include "sip/transaction/layer.hpp"

namespace stox::sip {

/// Where handles send their responses; `to` is null once the stack is gone.
class response_sink {
  public:
    virtual ~response_sink() = default;
    virtual void send_response(transaction::id of, message response) = 0;
    virtual void mark_proven(const flow& f) = 0;
};
struct lifeline {
    response_sink* to = nullptr;
};

class incoming final : public incoming_request, public transaction::server_user {
  public:
    incoming(message request, flow from, std::shared_ptr<const void> keep,
             std::shared_ptr<const lifeline> stack, std::string user_agent);
    /// Nobody holds the request any more, so nobody will answer it: 500.
    ~incoming() override;
    incoming(const incoming&) = delete;
    incoming& operator=(const incoming&) = delete;

    void set_transaction(transaction::id t) { transaction_ = t; }

    const message& request() const override { return request_; }
    const flow& from() const override { return from_; }
    void respond(message response) override;
    void respond(int status, std::string_view reason) override;
    void mark_proven() override;
    bool answered() const override { return answered_; }
    std::string_view id() const override { return id_; }

    std::string trying() override;
    void cancelled() override { respond(487, {}); }
    void ended() override { answered_ = true; }

  private:
    message request_;
    flow from_;
    std::shared_ptr<const void> keep_;  // what from_.tls points into
    std::shared_ptr<const lifeline> stack_;
    std::string user_agent_, to_tag_, id_;
    transaction::id transaction_ = 0;
    bool answered_ = false;
};

/// Adds `tag` to the To of a response that has none yet.
void add_to_tag(message& response, std::string_view tag);

}  // namespace stox::sip
