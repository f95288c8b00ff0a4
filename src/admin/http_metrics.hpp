// SPDX-License-Identifier: Apache-2.0
// The metrics over HTTP for Prometheus: GET /metrics and nothing else, one request per connection.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/listener.hpp"
#include "runtime/awaitable.hpp"

namespace stox::admin {

/// The whole response to a request head; `text` is called only for what gets the metrics.
std::string http_response(std::string_view head, const std::function<std::string()>& text);

/// Answers scrapes, 16 at a time, until cancelled.
awaitable<void> serve_metrics(std::unique_ptr<net::tcp_listener> listener);

}  // namespace stox::admin
