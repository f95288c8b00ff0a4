// SPDX-License-Identifier: Apache-2.0
#include "admin/control_socket.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <fstream>

#include "admin_fixture.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"

using namespace stox;
using namespace stox::test;
using local = asio::local::stream_protocol;

namespace {

struct socket_fixture : admin_fixture {
    std::filesystem::path dir =
        std::filesystem::temp_directory_path() / ("stox-control-" + std::to_string(getpid()));
    std::filesystem::path path = dir / "control.sock";
    socket_fixture() { std::filesystem::create_directories(dir); }
    ~socket_fixture() { std::filesystem::remove_all(dir); }

    std::unique_ptr<admin::control_socket> open() {
        auto r = admin::open_control_socket(io.get_executor(), path, sources);
        INFO((r ? "" : r.error().text));
        REQUIRE(r.has_value());
        return std::move(*r);
    }
    std::string problem() {
        auto r = admin::open_control_socket(io.get_executor(), path, sources);
        REQUIRE_FALSE(r.has_value());
        return r.error().text;
    }

    /// Runs `client` against the served socket.
    template <class F>
    void with_served(F client) {
        auto control = open();
        run([&]() -> awaitable<void> {
            co_await with_task_group([&](task_group& group) -> awaitable<void> {
                group.spawn([&]() -> awaitable<void> { co_await control->serve(); });
                co_await client();
                group.cancel();
            });
        });
    }
};

// Everything the daemon answers to `bytes` until it closes.
awaitable<std::string> exchange(std::filesystem::path path, std::string bytes, bool half_close) {
    auto ex = co_await asio::this_coro::executor;
    local::socket s(ex);
    const local::endpoint where(path.string());
    co_await s.async_connect(where, asio::use_awaitable);
    co_await asio::async_write(s, asio::buffer(bytes), asio::use_awaitable);
    boost::system::error_code ec;
    if (half_close) s.shutdown(asio::socket_base::shutdown_send, ec);
    std::string out;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    auto buffer = asio::dynamic_buffer(out);
    ec = {};
    while (!ec) co_await asio::async_read(s, buffer, asio::transfer_at_least(1), token);
    co_return out;
}

}  // namespace

TEST_CASE("control socket: one request, one answer, mode 0660, gone afterwards") {
    socket_fixture f;
    std::string whole, half;
    f.with_served([&]() -> awaitable<void> {
        struct stat s {};
        CHECK(stat(f.path.c_str(), &s) == 0);
        CHECK((s.st_mode & 0777U) == 0660U);
        whole = co_await exchange(f.path, "{\"command\":\"status\"}\n", false);
        half = co_await exchange(f.path, "{\"command\":\"status\"}\n", true);
    });
    CHECK(whole == "{\"version\":\"0.1.0\"}\n{\"end\":true}\n");
    CHECK(half == whole);
    CHECK_FALSE(std::filesystem::exists(f.path));
}

TEST_CASE("control socket: requests that are too long or incomplete are refused") {
    socket_fixture f;
    std::string too_long, incomplete;
    f.with_served([&]() -> awaitable<void> {
        std::string bytes(admin::max_request_bytes + 100, 'x');
        too_long = co_await exchange(f.path, std::move(bytes), true);
        incomplete = co_await exchange(f.path, "{\"command\"", true);
    });
    CHECK(incomplete == "{\"error\":\"no complete request line\"}\n");
    CHECK((too_long.empty() || too_long == incomplete));  // the rest unread: the kernel may reset
}

TEST_CASE("control socket: a stale socket file is replaced, a live one and other files are refused") {
    socket_fixture f;
    { local::acceptor stale(f.io, local::endpoint(f.path.string())); }
    REQUIRE(std::filesystem::exists(f.path));
    {
        const auto control = f.open();
        CHECK(f.problem().find("another stoxd answers") != std::string::npos);
        CHECK(std::filesystem::exists(f.path));
    }
    std::ofstream(f.path) << "text";
    CHECK(f.problem().find("is no socket") != std::string::npos);
    CHECK(std::filesystem::exists(f.path));
    f.path = f.dir / "missing" / "control.sock";
    CHECK(f.problem().find("No such file") != std::string::npos);
    f.path = "/" + std::string(200, 'x');
    CHECK(f.problem().find("too long") != std::string::npos);
}

TEST_CASE("control socket: a follower that leaves frees its place") {
    socket_fixture f;
    std::string later;
    f.with_served([&]() -> awaitable<void> {
        auto ex = co_await asio::this_coro::executor;
        for (int round = 0; round < 2; ++round) {
            std::vector<std::unique_ptr<local::socket>> followers;
            for (int i = 0; i < 16; ++i) {
                auto s = std::make_unique<local::socket>(ex);
                const local::endpoint where(f.path.string());
                co_await s->async_connect(where, asio::use_awaitable);
                const std::string line = "{\"command\":\"trace\",\"follow\":true}\n";
                co_await asio::async_write(*s, asio::buffer(line), asio::use_awaitable);
                followers.push_back(std::move(s));
            }
            co_await sleep_for(milliseconds(20));
            f.record("", "seen");
            for (auto& s : followers) {
                std::string got;
                auto buffer = asio::dynamic_buffer(got);
                co_await asio::async_read_until(*s, buffer, '\n', asio::use_awaitable);
                CHECK(got.find("seen") != std::string::npos);
            }
            followers.clear();
            co_await sleep_for(milliseconds(20));
        }
        later = co_await exchange(f.path, "{\"command\":\"status\"}\n", false);
    });
    CHECK(later.find("end") != std::string::npos);
}
