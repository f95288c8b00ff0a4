// SPDX-License-Identifier: Apache-2.0
// asio: control socket
#include "admin/control_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "admin/commands.hpp"
#include "admin/json_lines.hpp"
#include "observe/log.hpp"
#include "runtime/backoff.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"
#include "runtime/timer.hpp"

namespace stox::admin {
namespace {

using local = asio::local::stream_protocol;

constexpr std::size_t max_connections = 16;
constexpr seconds request_limit{10};
// A reader that takes nothing for so long has hung; it would hold one of the connections for ever.
constexpr seconds write_limit{60};

class socket_sink final : public line_sink {
  public:
    explicit socket_sink(local::socket& s) : socket_(s) {}

    awaitable<void> write(std::string lines) override {
        auto writing = write_all(std::move(lines));
        const bool in_time = co_await with_deadline(steady_clock::now() + write_limit, std::move(writing));
        if (!in_time) throw boost::system::system_error(asio::error::timed_out);
    }

  private:
    awaitable<void> write_all(std::string lines) {
        const auto buffer = asio::buffer(lines);
        co_await asio::async_write(socket_, buffer, asio::use_awaitable);
    }

    local::socket& socket_;
};

// The first line without its newline; nullopt when it is too long, incomplete or late.
awaitable<std::optional<std::string>> read_request(local::socket& s) {
    std::string line;
    auto buffer = asio::dynamic_buffer(line, max_request_bytes);
    boost::system::error_code ec;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    const std::size_t size = co_await asio::async_read_until(s, buffer, '\n', token);
    std::optional<std::string> out;
    if (!ec && size > 0) out.emplace(line.substr(0, size - 1));
    co_return out;
}

// True when the peer has closed both directions; a peer that only stopped sending still wants its answer.
bool has_left(local::socket& s) {
    pollfd p{s.native_handle(), 0, 0};
    return ::poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

// Ends when the client has left.
awaitable<void> watch_for_leaving(local::socket& s) {
    std::array<char, 256> ignored{};
    boost::system::error_code ec;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    const auto buffer = asio::buffer(ignored);
    while (!ec) co_await s.async_read_some(buffer, token);
    while (!has_left(s)) co_await sleep_for(seconds(1));
}

awaitable<void> converse(local::socket s, const sources* from) {
    auto reading = read_request(s);
    auto request = co_await with_deadline(steady_clock::now() + request_limit, std::move(reading));
    socket_sink sink(s);
    if (!request || !*request) {
        std::string refusal = error_line("no complete request line");
        co_await sink.write(std::move(refusal));
        co_return;
    }
    std::string line = std::move(**request);
    auto body = [&](task_group& group) -> awaitable<void> {
        auto* owner = &group;
        group.spawn([&s, owner]() -> awaitable<void> {
            co_await watch_for_leaving(s);
            owner->cancel();
        });
        group.spawn([&line, &sink, from, owner]() -> awaitable<void> {
            co_await answer(std::move(line), *from, sink);
            owner->cancel();
        });
        co_return;
    };
    co_await with_task_group(std::move(body));
}

class unix_control_socket final : public control_socket {
  public:
    unix_control_socket(local::acceptor acceptor, std::filesystem::path path, const sources& from)
        : acceptor_(std::move(acceptor)), path_(std::move(path)), from_(from) {
        struct stat s {};
        if (lstat(path_.c_str(), &s) == 0) inode_ = s.st_ino;
    }
    ~unix_control_socket() override {
        struct stat s {};
        if (lstat(path_.c_str(), &s) == 0 && s.st_ino == inode_) unlink(path_.c_str());
    }

    awaitable<void> serve() override {
        auto body = [this](task_group& group) -> awaitable<void> {
            group.on_isolated_failure([](std::exception_ptr e) {
                log::debug("control.connection", {{"reason", describe(e)}});
            });
            co_await accept_all(group);
        };
        co_await with_task_group(std::move(body));
    }

  private:
    awaitable<void> accept_all(task_group& group) {
        backoff pause(milliseconds(50), milliseconds(1000));
        for (;;) {
            boost::system::error_code ec;
            auto token = asio::redirect_error(asio::use_awaitable, ec);
            auto s = co_await acceptor_.async_accept(token);
            if (ec == asio::error::operation_aborted) throw boost::system::system_error(ec);
            if (ec) {
                co_await sleep_for(pause.next());  // no descriptors left, most likely
                continue;
            }
            pause.reset();
            if (group.size() >= max_connections) continue;  // closed at once
            auto connection = std::make_shared<local::socket>(std::move(s));
            group.spawn_isolated([connection, from = &from_]() -> awaitable<void> {
                co_await converse(std::move(*connection), from);
            });
        }
    }

    local::acceptor acceptor_;
    std::filesystem::path path_;
    const sources& from_;
    ino_t inode_ = 0;
};

error os_error(const std::filesystem::path& path, std::string_view what) {
    return error{path.string() + ": " + std::string(what) + ": " + std::strerror(errno), 0};
}

// Makes room for our socket file: removes one that nobody listens on. The error says why it may not.
std::optional<error> clear_stale(const std::filesystem::path& path, const sockaddr_un& address) {
    struct stat s {};
    if (lstat(path.c_str(), &s) != 0) return std::nullopt;
    if (!S_ISSOCK(s.st_mode)) return error{path.string() + ": exists and is no socket", 0};
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0) return os_error(path, "socket");
    const bool refused = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
                         errno == ECONNREFUSED;
    ::close(probe);
    if (!refused) return error{path.string() + ": another stoxd answers there", 0};
    if (unlink(path.c_str()) != 0) return os_error(path, "unlink");
    return std::nullopt;
}

}  // namespace

result<std::unique_ptr<control_socket>> open_control_socket(executor ex, const std::filesystem::path& path,
                                                            const sources& from) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path)
        return error{path.string() + ": path is too long", 0};
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    if (auto problem = clear_stale(path, address)) return std::move(*problem);
    boost::system::error_code ec;
    local::acceptor acceptor(ex);
    acceptor.open(local(), ec);
    if (!ec) acceptor.bind(local::endpoint(path.string()), ec);
    // Before listen(): nobody connects under the mode that the umask gave.
    if (!ec && chmod(path.c_str(), 0660) != 0) ec.assign(errno, boost::system::system_category());
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return error{path.string() + ": " + ec.message(), 0};
    std::unique_ptr<control_socket> out =
        std::make_unique<unix_control_socket>(std::move(acceptor), path, from);
    return out;
}

}  // namespace stox::admin
