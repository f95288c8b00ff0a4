// SPDX-License-Identifier: Apache-2.0
// Failures of a transport as words for a person.
#pragma once

#include <exception>
#include <string>

namespace stox::xmpp::stream {

/// What a lost transport says, without the source location that describe() may carry.
std::string transport_words(const std::exception_ptr& e);

}  // namespace stox::xmpp::stream
