// SPDX-License-Identifier: Apache-2.0
// What a feature works with: both stacks, the identity layer and the places where its tasks run. Built once
// by app; everything in it outlives every task of the features.
#pragma once

#include <memory>

#include "config/config.hpp"
#include "identity/limits.hpp"
#include "identity/pairs.hpp"
#include "identity/route.hpp"
#include "identity/trust.hpp"
#include "runtime/task_group.hpp"
#include "session/lanes.hpp"
#include "session/trace.hpp"
#include "sip/stack.hpp"
#include "xmpp/link.hpp"
#include "xmpp/router.hpp"
#include "xmpp/xep/0030_disco.hpp"

namespace stox::interwork {

struct context {
    executor ex;
    sip::stack& sip;
    xmpp::link& federation;
    xmpp::link* component;  // nullptr without [component]
    xmpp::router& stanzas;
    xmpp::xep::disco& disco;
    identity::served_domains& served;
    identity::router& routes;
    identity::sender_trust& trust;
    identity::request_limits& limits;
    session::lanes& lanes;
    session::trace& trace;
    task_group& tasks;  // one-shot tasks; isolated failures are logged

    xmpp::link& link_for(const identity::to_xmpp& way) const {
        if (way.via_component && component != nullptr) return *component;
        return federation;
    }
    const config::config& settings() const { return served.settings(); }
};

}  // namespace stox::interwork
