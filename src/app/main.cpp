// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "app/daemon.hpp"
#include "app/listen.hpp"
#include "observe/log.hpp"
#include "runtime/root.hpp"

namespace {

stox::awaitable<void> live(stox::app::options given, std::shared_ptr<const stox::config::config> settings) {
    const auto ex = co_await stox::asio::this_coro::executor;
    stox::app::daemon daemon(ex, std::move(given), std::move(settings));
    co_await daemon.run();
}

}  // namespace

int main(int argc, char** argv) {
    int exit_status = 0;
    const auto given = stox::app::parse_options(argc, argv, exit_status);
    if (!given) return exit_status;
    auto settings = stox::config::load(given->config, given->config_given);
    if (!settings) {
        std::fprintf(stderr, "%s\n", settings.error().text.c_str());
        return 78;  // EX_CONFIG: systemd shows it and does not try again
    }
    stox::log::start(stox::app::level_of(settings->log));
    const auto shared = std::make_shared<const stox::config::config>(std::move(*settings));
    const auto failure = stox::run_root([&] { return live(*given, shared); });
    if (failure) stox::log::error("ended_by_error", {{"reason", stox::describe(failure)}});
    stox::log::stop();
    return failure ? 1 : 0;
}
