// SPDX-License-Identifier: Apache-2.0
#include "stox/client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "stox/render.hpp"

namespace stox::cli {
namespace {

class descriptor {
  public:
    explicit descriptor(int fd) : fd_(fd) {}
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

error connect_error(const std::string& path) {
    const int problem = errno;
    std::string text = path + ": " + std::strerror(problem);
    if (problem == ENOENT || problem == ECONNREFUSED) text += "; is stoxd running?";
    if (problem == EACCES) text += "; run as root or as a member of the group stoxd";
    return error{text, 0};
}

bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

// Reads until the closing line.
result<bool> read_lines(int fd, const std::function<bool(std::string_view)>& line) {
    std::string pending;
    std::array<char, 65536> chunk{};
    for (;;) {
        const auto n = ::recv(fd, chunk.data(), chunk.size(), 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return error{"stoxd closed the connection before the end of its answer", 0};
        pending.append(chunk.data(), static_cast<std::size_t>(n));
        std::size_t begin = 0;
        for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', begin)) {
            const auto one = std::string_view(pending).substr(begin, end - begin);
            begin = end + 1;
            const auto closing = closing_of(one);
            if (closing.failed) return error{closing.words, 0};
            if (closing.ended) return true;
            if (!line(one)) return true;
        }
        pending.erase(0, begin);
    }
}

}  // namespace

result<bool> ask(const std::string& socket_path, const admin::request& r,
                 const std::function<bool(std::string_view)>& line) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_path.size() >= sizeof address.sun_path) return error{socket_path + ": path is too long", 0};
    std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size());
    const descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (fd.get() < 0) return connect_error(socket_path);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return connect_error(socket_path);
    if (!send_all(fd.get(), admin::encode(r))) return connect_error(socket_path);
    return read_lines(fd.get(), line);
}

}  // namespace stox::cli
