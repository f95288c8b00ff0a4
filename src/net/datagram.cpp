// SPDX-License-Identifier: Apache-2.0
// UDP for signalling on recvmsg/sendmsg, because the local address of each datagram (IP_PKTINFO, RFC 3542
// section 4 for IPv6) is what makes answers leave from where the request went to on a host with several
// addresses.
#include "net/datagram.hpp"

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstring>

#include "base/bounded_map.hpp"
#include "net/listener.hpp"

namespace stox::net {

namespace {

using boost::system::error_code;
using boost::system::system_error;
using udp = asio::ip::udp;
using udp_socket = asio::basic_datagram_socket<udp, executor>;
using pktinfo_v4 = asio::detail::socket_option::boolean<IPPROTO_IP, IP_PKTINFO>;
using pktinfo_v6 = asio::detail::socket_option::boolean<IPPROTO_IPV6, IPV6_RECVPKTINFO>;
using errors_v4 = asio::detail::socket_option::boolean<IPPROTO_IP, IP_RECVERR>;
using errors_v6 = asio::detail::socket_option::boolean<IPPROTO_IPV6, IPV6_RECVERR>;

// Room for one packet-info control message of either family.
using control_buffer = std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))>;

// The error with the address of who reported it, and the packet info.
constexpr std::size_t error_space = CMSG_SPACE(sizeof(sock_extended_err) + sizeof(sockaddr_in6));
using error_buffer = std::array<char, error_space + CMSG_SPACE(sizeof(in6_pktinfo))>;

// Bursts of many peers wait here while the signalling thread is busy; the kernel caps it by rmem_max.
constexpr int receive_buffer_bytes = 4 * 1024 * 1024;

// An ICMPv4 error has at most 576 bytes (RFC 1812 section 4.3.2.3); more of the datagram is not needed.
constexpr std::size_t quoted_bytes = 576;
constexpr int errors_per_turn = 64;  // the rest wakes the next wait
constexpr int most_sends = 3;        // see send()

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

// RFC 3261 section 18.4: these are failures of the transport; exceeded hops and the path MTU are not.
bool says_unreachable(const sock_extended_err& e) {
    if (e.ee_origin == SO_EE_ORIGIN_ICMP)
        return (e.ee_type == ICMP_DEST_UNREACH && e.ee_code != ICMP_FRAG_NEEDED) ||
               e.ee_type == ICMP_PARAMETERPROB;
    return e.ee_origin == SO_EE_ORIGIN_ICMP6 &&
           (e.ee_type == ICMP6_DST_UNREACH || e.ee_type == ICMP6_PARAM_PROB);
}

bool unreachable_in(msghdr& header) {
    for (auto* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
        const bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
        const bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
        if (!v4 && !v6) continue;
        sock_extended_err e{};
        std::memcpy(&e, CMSG_DATA(c), sizeof e);
        return says_unreachable(e);
    }
    return false;
}

}  // namespace

bool is_lost_not_refused(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM;
}

namespace {

class udp_datagram_socket final : public datagram_socket {
  public:
    udp_datagram_socket(udp_socket socket, socket_address local)
        : socket_(std::move(socket)), local_(local) {}

    awaitable<received_datagram> receive(std::span<char> buffer) override {
        for (;;) {
            // Queued errors keep the descriptor ready: they go before each wait, and also under load.
            if (told_) take_errors();
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
        // What an ICMP message said about another peer fails the next call once; receive() tells of it.
        for (int turn = 0; turn < most_sends; ++turn) {
            const auto sent = sendmsg(socket_.native_handle(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent >= 0) return sent == static_cast<ssize_t>(bytes.size());
            if (is_lost_not_refused(errno)) return true;
            if (!told_) return false;
        }
        return false;
    }

    void on_unreachable(std::function<void(const socket_address&, std::string_view)> told) override {
        told_ = std::move(told);
        error_code ignored;  // without the option the timers of whoever waits decide
        if (local_.ip.is_v6())
            socket_.set_option(errors_v6(true), ignored);
        else
            socket_.set_option(errors_v4(true), ignored);
    }

    socket_address local() const override { return local_; }

    void close() override {
        error_code ignored;
        socket_.close(ignored);
    }

  private:
    void take_errors() {
        std::array<char, quoted_bytes> quoted;
        error_buffer control;
        for (int turn = 0; turn < errors_per_turn && socket_.is_open(); ++turn) {
            udp::endpoint peer;
            iovec part{quoted.data(), quoted.size()};
            msghdr header{};
            header.msg_name = peer.data();
            header.msg_namelen = static_cast<socklen_t>(peer.capacity());
            header.msg_iov = &part;
            header.msg_iovlen = 1;
            header.msg_control = control.data();
            header.msg_controllen = control.size();
            const auto count = recvmsg(socket_.native_handle(), &header, MSG_ERRQUEUE | MSG_DONTWAIT);
            if (count < 0) return;
            if (header.msg_namelen == 0 || !unreachable_in(header)) continue;
            peer.resize(header.msg_namelen);
            told_(socket_address{peer.address(), peer.port()},
                  std::string_view(quoted.data(), static_cast<std::size_t>(count)));
        }
    }

    udp_socket socket_;
    socket_address local_;
    std::function<void(const socket_address&, std::string_view)> told_;
};

error refused(const socket_address& local, const error_code& ec) {
    std::string text = "cannot bind UDP " + to_string(local) + ": " + ec.message();
    if (ec == asio::error::address_in_use) text += ", held by " + port_holder(local.port, true);
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

namespace {

constexpr std::size_t most_sources_known = 1024;
constexpr seconds source_known_for{5};

// Connecting a UDP socket asks the routing table and sends nothing. No Asio: it throws when no descriptor is
// left (security F10).
std::optional<ip_address> ask_routes(const ip_address& remote) {
    const udp::endpoint there(remote, 9);
    const int probe = ::socket(there.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return std::nullopt;
    udp::endpoint here;
    auto size = static_cast<socklen_t>(here.capacity());
    const bool known = ::connect(probe, there.data(), static_cast<socklen_t>(there.size())) == 0 &&
                       ::getsockname(probe, here.data(), &size) == 0;
    ::close(probe);
    if (!known) return std::nullopt;
    here.resize(size);
    return here.address();
}

}  // namespace

std::optional<ip_address> source_towards(const ip_address& remote) {
    // Routes change seldom, requests come by the thousand; a known answer also lasts while descriptors are
    // out.
    thread_local bounded_map<ip_address, ip_address, ip_address_hash> known(most_sources_known);
    const auto now = steady_clock::now();
    if (const auto* found = known.find(remote, now)) return *found;
    const auto here = ask_routes(remote);
    if (here) known.put(remote, *here, now + source_known_for);
    return here;
}

}  // namespace stox::net
