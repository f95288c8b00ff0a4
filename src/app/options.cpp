// SPDX-License-Identifier: Apache-2.0
#include "app/options.hpp"

#include <CLI/CLI.hpp>

#include "app/version.hpp"

namespace stox::app {

std::optional<options> parse_options(int argc, char** argv, int& exit_status) {
    options out;
    std::string config, certificates, state = out.state, control = out.control;
    CLI::App program("Joins SIP and XMPP: runs in the foreground, needs no configuration.", "stoxd");
    program.add_option("--config", config,
                       "configuration file (default " + out.config.string() + ", if it exists)");
    program.add_option("--state", state, "directory for what must survive a restart")->capture_default_str();
    program.add_option("--control", control, "control socket for the stox command")->capture_default_str();
    program.add_option(
        "--certs", certificates,
        "directory of certificates (default /etc/stoxd/certs, then certs in the state directory)");
    program.set_version_flag("--version", std::string("stoxd ") + version);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        exit_status = program.exit(e);
        return std::nullopt;
    }
    if (!config.empty()) {
        out.config = config;
        out.config_given = true;
    }
    out.state = state;
    out.control = control;
    if (!certificates.empty()) out.certificates = certificates;
    return out;
}

}  // namespace stox::app
