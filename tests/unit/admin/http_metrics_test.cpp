// SPDX-License-Identifier: Apache-2.0
#include "admin/http_metrics.hpp"

#include <catch2/catch.hpp>

using namespace stox::admin;

namespace {

std::string respond(std::string_view head) {
    return http_response(head, [] { return std::string("a 1\n"); });
}

}  // namespace

TEST_CASE("metrics over HTTP: GET and HEAD of /metrics") {
    CHECK(respond("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: 4\r\n"
          "Connection: close\r\n\r\na 1\n");
    CHECK(respond("GET /metrics?x=1 HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200 "));
    const auto head = respond("HEAD /metrics HTTP/1.1\r\n\r\n");
    CHECK(head.starts_with("HTTP/1.1 200 "));
    CHECK(head.ends_with("\r\n\r\n"));
}

TEST_CASE("metrics over HTTP: everything else is refused") {
    CHECK(respond("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
    CHECK(respond("POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
    CHECK(respond("GET /metrics\r\n\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(respond("GET /metrics HTTP/1.1\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(respond("").starts_with("HTTP/1.1 400 "));
    CHECK(respond("GET /metrics HTTP/2\r\n\r\n").starts_with("HTTP/1.1 400 "));
}
