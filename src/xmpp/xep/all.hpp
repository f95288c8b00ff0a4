// SPDX-License-Identifier: Apache-2.0
// The table of the XEPs that answer for stox's addresses: one file NNNN_name.cpp and one line in all.cpp
// each.
#pragma once

#include <functional>
#include <string>

#include "base/clock.hpp"
#include "xmpp/xep/0030_disco.hpp"

namespace stox::xmpp::xep {

struct software {
    std::string name;
    std::string version;
};

void register_version(router& r, disco& registry, const software& s);
void register_ping(router& r, disco& registry);
void register_time(router& r, disco& registry, std::function<wall_time()> now);

/// Identities of our addresses and every responder. `registry` outlives `r`; features add to it afterwards.
void register_all(router& r, disco& registry, const software& s, std::function<wall_time()> now);

}  // namespace stox::xmpp::xep
