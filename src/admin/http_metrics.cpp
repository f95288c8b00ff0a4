// SPDX-License-Identifier: Apache-2.0
#include "admin/http_metrics.hpp"

#include <array>

#include "base/text.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"

namespace stox::admin {
namespace {

constexpr std::size_t max_connections = 16;
constexpr std::size_t max_head_bytes = 8192;
constexpr seconds exchange_limit{10};

std::string response(std::string_view status, std::string_view type, std::string_view body, bool with_body) {
    std::string out = "HTTP/1.1 ";
    out += status;
    out += "\r\nContent-Type: ";
    out += type;
    out += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
    if (with_body) out += body;
    return out;
}

std::string refusal(std::string_view status) {
    return response(status, "text/plain", std::string(status) + '\n', true);
}

// One request, one response, then the orderly end.
awaitable<void> exchange(net::byte_stream& s) {
    std::string head;
    std::array<char, 1024> chunk{};
    while (head.find("\r\n\r\n") == std::string::npos && head.size() < max_head_bytes) {
        const std::size_t n = co_await s.read_some(chunk);
        if (n == 0) co_return;
        head.append(chunk.data(), n);
    }
    const std::string out = http_response(head, metrics::text);
    co_await s.write(out);
    co_await s.shutdown();
}

awaitable<void> converse(std::shared_ptr<net::byte_stream> s) {
    auto operation = exchange(*s);
    const auto until = steady_clock::now() + exchange_limit;
    co_await with_deadline(until, std::move(operation));
    s->close();
}

}  // namespace

std::string http_response(std::string_view head, const std::function<std::string()>& text) {
    const auto line = head.substr(0, head.find("\r\n"));
    const auto words = split(line, ' ');
    if (head.find("\r\n\r\n") == std::string_view::npos || words.size() != 3 ||
        !words[2].starts_with("HTTP/1."))
        return refusal("400 Bad Request");
    if (words[0] != "GET" && words[0] != "HEAD") return refusal("405 Method Not Allowed");
    if (words[1].substr(0, words[1].find('?')) != "/metrics") return refusal("404 Not Found");
    return response("200 OK", "text/plain; version=0.0.4; charset=utf-8", text(), words[0] == "GET");
}

awaitable<void> serve_metrics(std::unique_ptr<net::tcp_listener> listener) {
    auto body = [&listener](task_group& group) -> awaitable<void> {
        group.on_isolated_failure([](std::exception_ptr e) {
            log::debug("metrics.connection", {{"reason", describe(e)}});
        });
        for (;;) {
            std::shared_ptr<net::byte_stream> s = co_await listener->accept();
            if (group.size() >= max_connections) {
                s->close();
                continue;
            }
            group.spawn_isolated([s]() -> awaitable<void> { co_await converse(s); });
        }
    };
    co_await with_task_group(std::move(body));
}

}  // namespace stox::admin
