// SPDX-License-Identifier: Apache-2.0
// The way to the DNS servers: c-ares carries our queries and gives back raw answers; it neither parses nor
// caches. Retries, the next server and TCP after truncation are its work.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dns/message.hpp"
#include "dns/resolv_conf.hpp"
#include "runtime/awaitable.hpp"

namespace stox::dns {

class channel {
  public:
    channel(executor ex, const name_servers& servers);
    /// Queries still under way are dropped, their functions never called.
    ~channel();
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;

    struct ending {
        std::optional<std::string> answer;  // its bytes; nullopt: no server gave a usable one in time
        bool heard = false;                 // some server said something, a refusal counts too
    };
    /// Called once, from the executor and never from inside ask(), at most nine seconds later.
    using done_function = std::function<void(ending)>;
    void ask(const question& q, done_function done);

  private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace stox::dns
