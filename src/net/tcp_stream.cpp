// SPDX-License-Identifier: Apache-2.0
// Plain TCP. Nothing is buffered here: what read_some() has not returned is still in the kernel, so a stream
// can change hands (STARTTLS) between two reads.
#include "net/tcp_stream.hpp"

#include <netinet/tcp.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/deadline.hpp"

namespace stox::net {

namespace {

using boost::system::error_code;
using boost::system::system_error;
using tcp = asio::ip::tcp;
using user_timeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
using keep_idle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
using keep_interval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
using keep_count = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;

constexpr int user_timeout_ms = 30'000;
// An idle peer that vanished is found after 30 + 3 * 10 s.
constexpr int keep_idle_s = 30;
constexpr int keep_interval_s = 10;
constexpr int keep_probes = 3;

void set_options(tcp_socket& socket) {
    // A socket that the peer has reset already refuses options; the next read says so better.
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    socket.set_option(keep_idle(keep_idle_s), ignored);
    socket.set_option(keep_interval(keep_interval_s), ignored);
    socket.set_option(keep_count(keep_probes), ignored);
    socket.set_option(user_timeout(user_timeout_ms), ignored);
}

class tcp_stream final : public byte_stream {
  public:
    explicit tcp_stream(tcp_socket socket) : socket_(std::move(socket)) {
        set_options(socket_);
        error_code ignored;
        local_ = from_endpoint(socket_.local_endpoint(ignored));
        remote_ = from_endpoint(socket_.remote_endpoint(ignored));
    }

    awaitable<std::size_t> read_some(std::span<char> into) override {
        error_code ec;
        const auto buffer = asio::buffer(into.data(), into.size());
        // waits for: the peer; callers bound it with with_deadline() where their protocol has a timer.
        const auto count =
            co_await socket_.async_read_some(buffer, asio::redirect_error(asio::use_awaitable, ec));
        if (ec == asio::error::eof) co_return 0;
        if (ec) throw system_error(ec, "read");
        co_return count;
    }

    awaitable<void> write(std::string_view bytes) override {
        if (broken_) throw system_error(asio::error::broken_pipe, "write");
        error_code ec;
        const auto buffer = asio::buffer(bytes.data(), bytes.size());
        broken_ = true;  // also when this frame is destroyed half way
        // waits for: room in the peer's window, bounded by TCP_USER_TIMEOUT
        co_await asio::async_write(socket_, buffer, asio::redirect_error(asio::use_awaitable, ec));
        if (ec) throw system_error(ec, "write");
        broken_ = false;
    }

    awaitable<void> shutdown() override {
        error_code ignored;
        socket_.shutdown(asio::socket_base::shutdown_send, ignored);
        co_return;
    }

    void close() override {
        error_code ignored;
        socket_.close(ignored);
    }

    socket_address local() const override { return local_; }
    socket_address remote() const override { return remote_; }
    const tls_peer* tls() const override { return nullptr; }

  private:
    tcp_socket socket_;
    socket_address local_;
    socket_address remote_;
    bool broken_ = false;  // a write was cancelled or failed: what arrived at the peer is unknown
};

awaitable<void> connect_socket(tcp_socket& socket, tcp::endpoint remote) {
    co_await socket.async_connect(remote, asio::use_awaitable);
}

}  // namespace

socket_address from_endpoint(const tcp::endpoint& endpoint) {
    return socket_address{endpoint.address(), endpoint.port()};
}

tcp::endpoint to_tcp_endpoint(const socket_address& address) {
    return tcp::endpoint(address.ip, address.port);
}

stream_ptr make_tcp_stream(tcp_socket socket) { return std::make_unique<tcp_stream>(std::move(socket)); }

awaitable<stream_ptr> connect_tcp(socket_address remote, milliseconds limit,
                                  std::optional<ip_address> bind_to) {
    const auto endpoint = to_tcp_endpoint(remote);
    const auto until = steady_clock::now() + limit;
    auto ex = co_await asio::this_coro::executor;
    tcp_socket socket(ex);
    socket.open(endpoint.protocol());
    if (bind_to) socket.bind(tcp::endpoint(*bind_to, 0));
    auto attempt = connect_socket(socket, endpoint);
    const bool in_time = co_await with_deadline(until, std::move(attempt));
    if (!in_time) throw system_error(asio::error::timed_out, "connect to " + to_string(remote));
    co_return make_tcp_stream(std::move(socket));
}

}  // namespace stox::net
