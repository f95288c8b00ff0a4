// SPDX-License-Identifier: Apache-2.0
#include "sip/transport/udp.hpp"

#include <utility>

#include "runtime/timer.hpp"

namespace stox::sip {

namespace {

constexpr std::size_t largest_datagram = 65'535;
constexpr int datagrams_per_turn = 64;  // then other tasks of the thread get theirs

/// RFC 3261 section 7.5 and common practice: CRLFs, or NULs, that keep a NAT binding open.
bool is_keep_alive(std::string_view bytes) {
    return bytes.find_first_not_of(std::string_view("\r\n\0 \t", 5)) == std::string_view::npos;
}

}  // namespace

udp_port::udp_port(std::unique_ptr<net::datagram_socket> socket, receiver& up, std::size_t max_message_bytes)
    : socket_(std::move(socket)),
      up_(up),
      bound_(socket_->local()),
      buffer_(largest_datagram, '\0'),
      max_message_bytes_(max_message_bytes) {}

awaitable<void> udp_port::run() {
    socket_->on_unreachable([this](const net::socket_address& peer, std::string_view quoted) {
        up_.on_unreachable(peer, quoted);
    });
    for (;;) {
        const auto first = co_await socket_->receive(buffer_);
        take(first);
        int taken = 1;
        for (; taken < datagrams_per_turn; ++taken) {
            const auto more = socket_->try_receive(buffer_);
            if (!more) break;
            take(*more);
        }
        if (taken == datagrams_per_turn) co_await yield();
    }
}

void udp_port::take(const net::received_datagram& datagram) {
    if (is_keep_alive(datagram.bytes)) return;
    const net::socket_address here{datagram.to.is_unspecified() ? bound_.ip : datagram.to, bound_.port};
    const flow f{transport::udp, here, datagram.from, 0, nullptr, {}};
    // Port 0 cannot be answered, and answering ourselves would never end.
    if (datagram.from.port == 0 || datagram.bytes.size() > max_message_bytes_) return unreadable_.add();
    auto parsed = message::parse(std::string(datagram.bytes));
    if (!parsed) {
        unreadable_.add();
        up_.on_event(&f, "unreadable datagram: " + parsed.error().text);
        return;
    }
    received_.add();
    up_.on_message(std::move(*parsed), f, nullptr, datagram.bytes);
}

bool udp_port::send(const flow& f, const net::socket_address& to, std::string_view bytes) {
    std::optional<net::ip_address> from;
    if (bound_.ip.is_unspecified() && !f.local.ip.is_unspecified()) from = f.local.ip;
    if (!socket_->send(bytes, to, from)) return false;
    sent_.add();
    return true;
}

bool udp_port::serves(const net::socket_address& local) const {
    if (local.port != bound_.port) return false;
    if (bound_.ip.is_unspecified()) return bound_.ip.is_v4() == local.ip.is_v4();
    return bound_.ip == local.ip;
}

std::optional<flow> udp_port::flow_to(const net::socket_address& remote) const {
    if (bound_.ip.is_v4() != remote.ip.is_v4()) return std::nullopt;
    flow f{transport::udp, bound_, remote, 0, nullptr, {}};
    if (!bound_.ip.is_unspecified()) return f;
    const auto source = net::source_towards(remote.ip);
    if (!source) return std::nullopt;
    f.local.ip = *source;
    return f;
}

}  // namespace stox::sip
