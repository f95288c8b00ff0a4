// SPDX-License-Identifier: Apache-2.0
// Every key there is, in one table: where it stands, what it means, how it is read and shown. docs/config.md
// is tested against it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/setting.hpp"

namespace stox::config {

/// What a key is read into: the whole, and the entry of the route or peer table the key stands in.
struct target {
    config* whole;
    route* in_route = nullptr;
    sip_peer* in_peer = nullptr;
};

struct key {
    std::string_view table;  // "" for the top, "route.DOMAIN", "sip.peer" for [[sip.peer]]
    std::string_view name;
    std::string_view meaning;  // one sentence
    void (*read)(field_reader&, target&);
    std::string (*show)(const target&);  // as it would stand in the file
    bool at_start = false;               // a change counts only from the next start
    bool secret = false;
};

std::span<const key> keys();

/// "limits.guest_calls"
std::string path_of(const key& k);

}  // namespace stox::config
