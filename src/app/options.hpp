// SPDX-License-Identifier: Apache-2.0
// The command line of stoxd. Everything is optional.
#pragma once

#include <filesystem>
#include <optional>

namespace stox::app {

struct options {
    std::filesystem::path config = "/etc/stoxd/stoxd.toml";
    bool config_given = false;  // a file that was named must exist; the default one need not
    std::filesystem::path state = "/var/lib/stoxd";
    std::filesystem::path control = "/run/stoxd/control.sock";
    std::optional<std::filesystem::path> certificates;  // instead of /etc/stoxd/certs and STATE/certs
};

/// Reads the arguments; prints help, version or what is wrong and gives nullopt with the exit status to use.
std::optional<options> parse_options(int argc, char** argv, int& exit_status);

}  // namespace stox::app
