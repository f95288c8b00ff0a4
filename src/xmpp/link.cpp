// SPDX-License-Identifier: Apache-2.0
#include "xmpp/link.hpp"

#include "observe/log.hpp"
#include "runtime/task_group.hpp"

namespace stox::xmpp {

awaitable<void> hand_up(const stanza_handler& handler, const incoming_stanza& stanza) {
    if (!handler) co_return;
    std::exception_ptr failure;
    try {
        co_await handler(stanza);
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    if (is_cancelled(failure)) std::rethrow_exception(failure);
    const auto words = describe(failure);
    log::error("xmpp stanza failed", {{"from", stanza.from.domain()}, {"reason", words}});
}

}  // namespace stox::xmpp
