// SPDX-License-Identifier: Apache-2.0
// A server that the test plays by hand: direct TLS to a federation under test, then text in and out.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "net/tls.hpp"
#include "runtime/deadline.hpp"
#include "tests/unit/xmpp/stream/s2s_script.hpp"

namespace stox::xmpp::test {

class raw_peer {
  public:
    raw_peer(std::string own, std::string other, const std::filesystem::path& certificates)
        : own_(std::move(own)), other_(std::move(other)), store_({certificates}, {}) {
        store_.swap_in(store_.load());
    }

    /// Connects and reads the features behind TLS.
    awaitable<void> connect(net::socket_address to) {
        net::stream_ptr plain = co_await net::connect_tcp(to, seconds(5));
        net::tls_client_options tls;
        tls.server_name = other_;
        tls.own_domain = own_;
        tls.alpn = {"xmpp-server"};
        stream = co_await net::connect_tls(std::move(plain), store_, std::move(tls), seconds(5));
        co_await begin();
    }

    /// SASL EXTERNAL: afterwards stanzas from our domain are taken.
    awaitable<void> authenticate() {
        const std::string name = to_base64(own_);
        const std::string auth =
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>" + name + "</auth>";
        co_await stream->write(auth);
        co_await hear("<success");
        co_await begin();
    }

    /// Reads until `words` were said since the last call; what was said until then.
    awaitable<std::string> hear(std::string words) {
        const auto until = steady_clock::now() + seconds(10);
        std::string buffer(16'384, '\0');
        while (heard_.find(words) == std::string::npos) {
            const std::span<char> room(buffer);
            const auto count = co_await with_deadline(until, stream->read_some(room));
            if (!count || *count == 0) throw std::runtime_error("not heard: " + words + " in " + heard_);
            heard_.append(buffer, 0, *count);
        }
        co_return std::exchange(heard_, {});
    }

    net::stream_ptr stream;

  private:
    awaitable<void> begin() {
        const std::string header = stream::test::header("from='" + own_ + "' to='" + other_ + "'");
        co_await stream->write(header);
        co_await hear("</stream:features>");
    }

    std::string own_, other_, heard_;
    net::certificate_store store_;
};

}  // namespace stox::xmpp::test
