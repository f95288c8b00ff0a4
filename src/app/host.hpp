// SPDX-License-Identifier: Apache-2.0
// What stoxd learns from the machine it runs on: its full name, and secrets kept in the state directory.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace stox::app {

/// This host's fully qualified name in lower case, "" when it has none (no dot in it). Blocking: call at
/// start only.
std::string host_name();

/// The secret stored in `file`, made from 256 random bits (mode 0600) when the file does not exist. An error
/// when the directory cannot be written: the caller goes on with a secret that lasts until the next start.
result<std::string> kept_secret(const std::filesystem::path& file);

}  // namespace stox::app
