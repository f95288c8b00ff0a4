// SPDX-License-Identifier: Apache-2.0
#include "app/host.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <future>
#include <memory>
#include <thread>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace stox::app {

namespace {

constexpr seconds name_limit{3};

std::string canonical_name(const std::string& name) {
    addrinfo hints{};
    hints.ai_flags = AI_CANONNAME;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return name;
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
    return found->ai_canonname != nullptr ? found->ai_canonname : name;
}

}  // namespace

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return {};
    const std::string given = name.data();
    // getaddrinfo() asks DNS for as long as it likes and cannot be cut off: when DNS is down the start must
    // not wait for it. The thread owns all that it touches and ends with the look-up.
    auto asked = std::make_shared<std::promise<std::string>>();
    auto answer = asked->get_future();
    std::thread([asked, given] { asked->set_value(canonical_name(given)); }).detach();
    const bool in_time = answer.wait_for(name_limit) == std::future_status::ready;
    const std::string full = in_time ? answer.get() : given;
    return full.find('.') == std::string::npos ? std::string{} : to_lower(full);
}

result<std::string> kept_secret(const std::filesystem::path& file) {
    if (std::ifstream in(file, std::ios::binary); in) {
        std::string secret;
        if (std::getline(in, secret) && secret.size() >= 32)
            return result<std::string>(boost::system::in_place_value, secret);
    }
    const std::string secret = random_token(256);
    auto next = file;
    next += ".new";
    const int fd = open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return error{"cannot write " + next.string() + ": " + std::strerror(errno)};
    const bool written =
        write(fd, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) && fsync(fd) == 0;
    close(fd);
    if (!written || std::rename(next.c_str(), file.c_str()) != 0)
        return error{"cannot keep " + file.string() + ": " + std::strerror(errno)};
    return result<std::string>(boost::system::in_place_value, secret);
}

}  // namespace stox::app
