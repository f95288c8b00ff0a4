// SPDX-License-Identifier: Apache-2.0
// UDP for signalling on recvmsg/sendmsg, because the local address of each datagram (IP_PKTINFO, RFC 3542
// section 4 for IPv6) is what makes answers leave from where the request went to on a host with several
// addresses.
#include "net/datagram.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstring>

#include "net/listener.hpp"

namespace stox::net {

namespace {

using boost::system::error_code;
using boost::system::system_error;
using udp = asio::ip::udp;
using udp_socket = asio::basic_datagram_socket<udp, executor>;
using pktinfo_v4 = asio::detail::socket_option::boolean<IPPROTO_IP, IP_PKTINFO>;
using pktinfo_v6 = asio::detail::socket_option::boolean<IPPROTO_IPV6, IPV6_RECVPKTINFO>;

// Room for one packet-info control message of either family.
using control_buffer = std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))>;

// Bursts of many peers wait here while the signalling thread is busy; the kernel caps it by rmem_max.
constexpr int receive_buffer_bytes = 4 * 1024 * 1024;

ip_address destination_in(msghdr& header, const ip_address& otherwise) {
    for (auto* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(c), sizeof info);
            return asio::ip::address_v4(ntohl(info.ipi_addr.s_addr));
        }
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(c), sizeof info);
            asio::ip::address_v6::bytes_type bytes;
            std::memcpy(bytes.data(), &info.ipi6_addr, bytes.size());
            return asio::ip::address_v6(bytes);
        }
    }
    return otherwise;
}

template <class Info>
void put_control(msghdr& header, control_buffer& control, int level, int type, const Info& info) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof info);
    auto* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(c), &info, sizeof info);
}

void put_source(msghdr& header, control_buffer& control, const ip_address& from) {
    if (from.is_v4()) {
        in_pktinfo info{};
        info.ipi_spec_dst.s_addr = htonl(from.to_v4().to_uint());
        put_control(header, control, IPPROTO_IP, IP_PKTINFO, info);
    } else {
        in6_pktinfo info{};
        const auto bytes = from.to_v6().to_bytes();
        std::memcpy(&info.ipi6_addr, bytes.data(), bytes.size());
        put_control(header, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
}

class udp_datagram_socket final : public datagram_socket {
  public:
    udp_datagram_socket(udp_socket socket, socket_address local)
        : socket_(std::move(socket)), local_(local) {}

    awaitable<received_datagram> receive(std::span<char> buffer) override {
        for (;;) {
            if (auto datagram = try_receive(buffer)) co_return std::move(*datagram);
            error_code ec;
            // waits for: a datagram; ends when the socket is closed or its task is cancelled
            co_await socket_.async_wait(udp_socket::wait_read, asio::redirect_error(asio::use_awaitable, ec));
            if (ec == asio::error::operation_aborted || !socket_.is_open())
                throw system_error(asio::error::operation_aborted, "receive");
        }
    }

    std::optional<received_datagram> try_receive(std::span<char> buffer) override {
        if (!socket_.is_open()) return std::nullopt;
        udp::endpoint from;
        control_buffer control{};
        iovec part{buffer.data(), buffer.size()};
        // A few turns only: a queue of ICMP errors must not hold the thread.
        for (int turn = 0; turn < 16; ++turn) {
            msghdr header{};
            header.msg_name = from.data();
            header.msg_namelen = static_cast<socklen_t>(from.capacity());
            header.msg_iov = &part;
            header.msg_iovlen = 1;
            header.msg_control = control.data();
            header.msg_controllen = control.size();
            const auto count = recvmsg(socket_.native_handle(), &header, MSG_DONTWAIT);
            if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
            if (count < 0 || (header.msg_flags & MSG_TRUNC) != 0) continue;
            from.resize(header.msg_namelen);
            return received_datagram{std::string_view(buffer.data(), static_cast<std::size_t>(count)),
                                     socket_address{from.address(), from.port()},
                                     destination_in(header, local_.ip)};
        }
        return std::nullopt;
    }

    bool send(std::string_view bytes, const socket_address& to,
              const std::optional<ip_address>& from) override {
        if (!socket_.is_open() || to.ip.is_v4() != local_.ip.is_v4()) return false;
        udp::endpoint remote(to.ip, to.port);
        // sendmsg takes a non-const pointer but does not write through it.
        iovec part{const_cast<char*>(bytes.data()), bytes.size()};
        msghdr header{};
        header.msg_name = remote.data();
        header.msg_namelen = static_cast<socklen_t>(remote.size());
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        control_buffer control{};
        if (from && from->is_v4() == to.ip.is_v4() && !from->is_unspecified())
            put_source(header, control, *from);
        const auto sent = sendmsg(socket_.native_handle(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
        return sent == static_cast<ssize_t>(bytes.size());
    }

    socket_address local() const override { return local_; }

    void close() override {
        error_code ignored;
        socket_.close(ignored);
    }

  private:
    udp_socket socket_;
    socket_address local_;
};

error refused(const socket_address& local, const error_code& ec) {
    std::string text = "cannot bind UDP " + to_string(local) + ": " + ec.message();
    if (ec == asio::error::address_in_use)
        if (const auto holder = port_holder(local.port, true); !holder.empty()) text += ", held by " + holder;
    return error{std::move(text)};
}

}  // namespace

result<std::unique_ptr<datagram_socket>> bind_udp(executor ex, socket_address local) {
    const udp::endpoint endpoint(local.ip, local.port);
    error_code ec;
    udp_socket socket(std::move(ex));
    socket.open(endpoint.protocol(), ec);
    if (!ec && local.ip.is_v6()) socket.set_option(asio::ip::v6_only(true), ec);
    if (!ec) {
        if (local.ip.is_v6())
            socket.set_option(pktinfo_v6(true), ec);
        else
            socket.set_option(pktinfo_v4(true), ec);
    }
    if (!ec) socket.bind(endpoint, ec);
    if (ec) return refused(local, ec);
    error_code ignored;
    socket.set_option(asio::socket_base::receive_buffer_size(receive_buffer_bytes), ignored);
    const auto bound = socket.local_endpoint(ignored);
    std::unique_ptr<datagram_socket> out = std::make_unique<udp_datagram_socket>(
        std::move(socket), socket_address{bound.address(), bound.port()});
    return out;
}

std::optional<ip_address> source_towards(const ip_address& remote) {
    // Connecting a UDP socket asks the routing table and sends nothing.
    asio::io_context unused;
    udp::socket probe(unused);
    error_code ec;
    const udp::endpoint there(remote, 9);
    probe.open(there.protocol(), ec);
    if (!ec) probe.connect(there, ec);
    if (ec) return std::nullopt;
    const auto here = probe.local_endpoint(ec);
    if (ec) return std::nullopt;
    return here.address();
}

}  // namespace stox::net
