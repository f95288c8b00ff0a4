// SPDX-License-Identifier: Apache-2.0
// Unix signals as values on the signalling thread.
#pragma once

#include <initializer_list>
#include <memory>

#include "runtime/awaitable.hpp"

namespace stox {

class signals {
  public:
    /// Takes over the given signal numbers for the process.
    signals(executor ex, std::initializer_list<int> numbers);
    ~signals();
    signals(const signals&) = delete;
    signals& operator=(const signals&) = delete;

    /// The next signal's number. On cancel: throws operation_aborted.
    awaitable<int> next();  // waits for: a signal, as long as the daemon lives

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace stox
