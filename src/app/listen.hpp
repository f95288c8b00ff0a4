// SPDX-License-Identifier: Apache-2.0
// The configuration in the words of the parts: where to listen, how to connect, what to log.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "observe/log.hpp"
#include "sip/stack.hpp"
#include "xmpp/component.hpp"
#include "xmpp/federation.hpp"

namespace stox::app {

log::level level_of(config::log_level l);

sip::stack_options sip_options(const config::config& settings, const std::string& host_name);
xmpp::federation_options federation_options_of(const config::config& settings, const std::string& host_name,
                                               std::string dialback_secret);
xmpp::component_options component_options_of(const config::component& settings);

/// The credentials of the listed peer at `host`; nullopt when it has none.
std::optional<sip::credentials> credentials_of(const config::config& settings, std::string_view host);

}  // namespace stox::app
