// SPDX-License-Identifier: Apache-2.0
#include "net/listener.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "net/tcp_stream.hpp"
#include "observe/log.hpp"
#include "runtime/backoff.hpp"
#include "runtime/timer.hpp"

namespace stox::net {

namespace {

using boost::system::error_code;
using boost::system::system_error;
using tcp = asio::ip::tcp;
using acceptor = asio::basic_socket_acceptor<tcp, executor>;

constexpr milliseconds first_pause{50};
constexpr milliseconds longest_pause{1000};

// accept(2): what the process or the host lacks, as against what happened to one connection.
bool out_of_resources(const error_code& ec) {
    return ec == boost::system::errc::too_many_files_open ||
           ec == boost::system::errc::too_many_files_open_in_system ||
           ec == boost::system::errc::no_buffer_space || ec == boost::system::errc::not_enough_memory;
}

class listening_socket final : public tcp_listener {
  public:
    listening_socket(acceptor a, socket_address local)
        : acceptor_(std::move(a)), local_(local), pause_(first_pause, longest_pause) {}

    awaitable<stream_ptr> accept() override {
        for (;;) {
            error_code ec;
            tcp_socket socket(acceptor_.get_executor());
            // waits for: a connection; ends when the listener is closed or its task is cancelled
            co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, ec));
            if (!ec) {
                end_of_shortage();
                co_return make_tcp_stream(std::move(socket));
            }
            if (ec == asio::error::operation_aborted || !acceptor_.is_open())
                throw system_error(asio::error::operation_aborted, "accept");
            // Everything else (ECONNABORTED, EPERM of a firewall, network errors) is about one connection
            // that is gone; shortage is about us and would repeat at once.
            if (!out_of_resources(ec)) continue;
            begin_of_shortage(ec);
            const auto pause = pause_.next();
            co_await sleep_for(pause);
        }
    }

    socket_address local() const override { return local_; }

    void close() override {
        error_code ignored;
        acceptor_.close(ignored);
    }

  private:
    void begin_of_shortage(const error_code& ec) {
        if (short_) return;
        short_ = true;
        const auto where = to_string(local_);
        const auto why = ec.message();
        log::error("accept_paused", {{"local", where}, {"reason", why}});
    }
    void end_of_shortage() {
        if (!short_) return;
        short_ = false;
        pause_.reset();
        const auto where = to_string(local_);
        log::info("accept_resumed", {{"local", where}});
    }

    acceptor acceptor_;
    socket_address local_;
    backoff pause_;
    bool short_ = false;
};

error refused(const socket_address& local, const error_code& ec) {
    std::string text = "cannot listen on TCP " + to_string(local) + ": " + ec.message();
    if (ec == asio::error::address_in_use) text += ", held by " + port_holder(local.port, false);
    return error{std::move(text)};
}

}  // namespace

result<std::unique_ptr<tcp_listener>> listen_tcp(executor ex, socket_address local) {
    const auto endpoint = to_tcp_endpoint(local);
    error_code ec;
    acceptor a(std::move(ex));
    a.open(endpoint.protocol(), ec);
    if (!ec) a.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec && local.ip.is_v6()) a.set_option(asio::ip::v6_only(true), ec);
    if (!ec) a.bind(endpoint, ec);
    if (!ec) a.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return refused(local, ec);
    const auto bound = from_endpoint(a.local_endpoint(ec));
    std::unique_ptr<tcp_listener> out = std::make_unique<listening_socket>(std::move(a), bound);
    return out;
}

}  // namespace stox::net
