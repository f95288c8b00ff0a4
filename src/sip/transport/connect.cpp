// SPDX-License-Identifier: Apache-2.0
#include "sip/transport/connect.hpp"

#include <boost/system/system_error.hpp>
#include <utility>

#include "runtime/task_group.hpp"

namespace stox::sip {

namespace {

constexpr milliseconds connect_limit{5000};
constexpr milliseconds handshake_limit{8000};

}  // namespace

std::string to_string(const target& t) {
    return std::string(to_string(t.kind)) + " " + net::to_string(t.address);
}

bool vouches_for(const net::tls_peer* peer, std::string_view name) {
    return peer != nullptr && peer->chain_valid && net::covers(peer->names, name, "sips");
}

awaitable<opened_stream> open_stream(target to, const net::certificate_store& certificates,
                                     std::string own_domain) {
    opened_stream out;
    std::exception_ptr failure;
    reach_failure phase = reach_failure::unreachable;
    try {
        out.stream = co_await net::connect_tcp(to.address, connect_limit);
        if (to.kind == transport::tls) {
            phase = reach_failure::tls;
            net::tls_client_options options;
            options.server_name = to.domain;
            options.own_domain = std::move(own_domain);
            net::stream_ptr plain = std::move(out.stream);
            out.stream = co_await net::connect_tls(std::move(plain), certificates, std::move(options),
                                                   handshake_limit);
        }
    } catch (...) {
        failure = std::current_exception();
    }
    if (is_cancelled(failure)) std::rethrow_exception(failure);
    if (failure) {
        out.stream.reset();
        out.why = phase;
        out.words = to_string(to) + ": " + describe(failure);
    } else if (to.kind == transport::tls && to.verify && !vouches_for(out.stream->tls(), to.domain)) {
        const auto* peer = out.stream->tls();
        const bool chain = peer != nullptr && peer->chain_valid;
        out.words = to_string(to) + ": its certificate ";
        out.words +=
            chain ? "does not cover " + to.domain : "is not valid: " + (peer ? peer->chain_error : "");
        out.why = reach_failure::untrusted;
        out.stream->close();
        out.stream.reset();
    }
    co_return out;
}

}  // namespace stox::sip
