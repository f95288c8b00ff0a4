// SPDX-License-Identifier: Apache-2.0
#include "app/host.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "base/random.hpp"
#include "base/text.hpp"

namespace stox::app {

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return {};
    addrinfo hints{};
    hints.ai_flags = AI_CANONNAME;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    std::string full = name.data();
    if (getaddrinfo(name.data(), nullptr, &hints, &found) == 0) {
        const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
        if (found->ai_canonname != nullptr) full = found->ai_canonname;
    }
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
