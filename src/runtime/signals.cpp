// SPDX-License-Identifier: Apache-2.0
#include "runtime/signals.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace stox {

struct signals::state {
    asio::signal_set set;
    explicit state(executor ex) : set(std::move(ex)) {}
};

signals::signals(executor ex, std::initializer_list<int> numbers)
    : state_(std::make_unique<state>(std::move(ex))) {
    for (const int number : numbers) state_->set.add(number);
}

signals::~signals() = default;

awaitable<int> signals::next() { return state_->set.async_wait(asio::use_awaitable); }

}  // namespace stox
