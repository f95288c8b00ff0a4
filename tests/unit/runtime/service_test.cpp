// SPDX-License-Identifier: Apache-2.0
#include "runtime/service.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace stox;

namespace {

// A service manager's socket in the abstract name space.
class notify_socket {
  public:
    notify_socket() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        const std::string name = "stox-test-notify-" + std::to_string(getpid());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + 1, name.data(), name.size());
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        bind(fd_, reinterpret_cast<const sockaddr*>(&address), length);
        setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    }
    ~notify_socket() {
        unsetenv("NOTIFY_SOCKET");
        close(fd_);
    }
    notify_socket(const notify_socket&) = delete;
    notify_socket& operator=(const notify_socket&) = delete;
    std::string next() const {
        std::string text(1024, '\0');
        const auto count = recv(fd_, text.data(), text.size(), 0);
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return text;
    }

  private:
    int fd_;
};

}  // namespace

TEST_CASE("service: without a manager nothing happens") {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    service::ready("up");
    service::feed_watchdog();
    CHECK_FALSE(service::watchdog_limit().has_value());
}

TEST_CASE("service: the manager hears states, one line each") {
    const notify_socket manager;
    service::ready("serving\nREADY=0");
    CHECK(manager.next() == "READY=1\nSTATUS=serving READY=0");
    service::status("3 calls");
    CHECK(manager.next() == "STATUS=3 calls");
    service::reloading();
    CHECK(manager.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    service::stopping("draining");
    CHECK(manager.next() == "STOPPING=1\nSTATUS=draining");
    service::feed_watchdog();
    CHECK(manager.next() == "WATCHDOG=1");
    service::extend_timeout(seconds(2));
    CHECK(manager.next() == "EXTEND_TIMEOUT_USEC=2000000");
}

TEST_CASE("service: the watchdog limit is read from the environment, for this process only") {
    setenv("WATCHDOG_USEC", "30000000", 1);
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
    CHECK(service::watchdog_limit() == seconds(30));
    setenv("WATCHDOG_PID", "1", 1);
    CHECK_FALSE(service::watchdog_limit().has_value());
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}
