// SPDX-License-Identifier: Apache-2.0
// What stoxd and the command line say to each other over the control socket: the client sends one line, a
// JSON object {"command": ...}; stoxd sends JSON lines, the last of them {"end": true} or {"error": "..."},
// and closes. One request per connection. Shared by both programs: no Asio here.
//
//   status    one object
//   sessions  {"id", "a", "b", "since", "idle_seconds", "events"} each
//   trace     {"sequence", "at", "conversation", "leg", "direction", "peer", "summary", "text"} each; between
//             them {"dropped": n} when the reader was too slow; with "follow" it goes on until the client
//             leaves
//   check     {"level", "direction", "text"} each
//   metrics   {"text"} each, to be joined
//   reload    {"done", "text"} each
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace stox::admin {

inline constexpr const char* default_socket = "/run/stoxd/control.sock";
inline constexpr std::size_t max_request_bytes = 64U << 10U;

struct request {
    std::string command;
    std::vector<std::string>
        addresses;             // trace: conversations of all of these; a domain stands for its users
    std::string conversation;  // trace: this one
    bool follow = false;       // trace: go on with what happens from now
    std::uint64_t last = 0;    // trace: at most so many events of the past; 0: all there are
    std::string domain;        // check
};

/// One line with its newline.
std::string encode(const request& r);

/// Unknown members are ignored, members of the wrong type are errors.
result<request> decode(std::string_view line);

}  // namespace stox::admin
