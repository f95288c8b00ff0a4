// SPDX-License-Identifier: Apache-2.0
// result<T, E>: a value or an error, for everything that can fail because of what a peer sent. Exceptions are
// kept for cancellation, lost transports and broken invariants (docs/coroutine-rules.md).
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace stox {

/// What was wrong, in words fit for a log line or a protocol error text, and where in the input (byte
/// offset).
struct error {
    std::string text;
    std::size_t offset = 0;
};

[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location&) {
    throw std::runtime_error(e.text);
}

template <class T, class E = error>
using result = boost::system::result<T, E>;

}  // namespace stox
