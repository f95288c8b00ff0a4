// SPDX-License-Identifier: Apache-2.0
// What a well-formed request may still be refused for before anybody looks at its meaning (RFC 3261
// section 8.2): loops, hops, methods, extensions, encodings. Pure: the answer depends on the arguments alone.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "sip/header/via.hpp"
#include "sip/message.hpp"

namespace stox::sip {

/// A response to be: status, reason and the header fields that explain it.
struct rejection {
    int status = 0;
    std::string reason;
    std::vector<std::pair<std::string, std::string>> headers;
};

/// What this stack can do, as Allow, Supported and Accept say it.
struct abilities {
    std::set<std::string> methods;            // with a handler, and OPTIONS
    std::set<std::string, iless> supported;   // option tags
    std::vector<std::string> accept;          // media types
    std::string branch_mark;                  // every branch of ours starts so
    std::function<bool(const via&)> is_ours;  // whether a listener of ours is what it names
    std::string allow() const;
};

/// nullopt: go on.
std::optional<rejection> judge(const message& request, const abilities& can);

/// Leaves out what the response can do without until it has at most `size` bytes or nothing more can go.
void shorten(message& response, std::size_t size);

}  // namespace stox::sip
