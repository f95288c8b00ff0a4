// SPDX-License-Identifier: Apache-2.0
// A DNS server on loopback for tests, UDP and TCP on one port. `answer` gets the name, the type and the id of
// each query and gives the messages to send back; none means silence.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "packet.hpp"

namespace stox::test {

struct dns_query {
    std::string name;
    unsigned type = 0, id = 0;
    bool tcp = false;
    std::string question;  // the bytes to repeat in the answer
};

class fake_dns {
  public:
    using udp = boost::asio::ip::udp;
    using tcp = boost::asio::ip::tcp;

    explicit fake_dns(boost::asio::io_context& io)
        : udp_(io, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
          acceptor_(io,
                    tcp::endpoint(boost::asio::ip::address_v4::loopback(), udp_.local_endpoint().port())) {
        receive();
        accept();
    }

    std::string servers() const { return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port()); }

    std::function<std::vector<std::string>(const dns_query&)> answer;
    int queries = 0;

    /// The start of an answer to `q`; records follow.
    static packet begin(const dns_query& q, unsigned flags, unsigned answers, unsigned authorities = 0) {
        packet p;
        p.header(q.id, flags, answers, authorities).raw(q.question);
        return p;
    }
    static std::vector<std::string> only(const packet& p) { return {p.bytes()}; }

  private:
    dns_query read(std::string_view bytes, bool over_tcp) {
        ++queries;
        dns_query q;
        q.tcp = over_tcp;
        q.id = static_cast<unsigned>(static_cast<unsigned char>(bytes[0]) << 8U |
                                     static_cast<unsigned char>(bytes[1]));
        std::size_t at = 12;
        while (bytes[at] != 0) {
            const auto size = static_cast<std::size_t>(bytes[at]);
            if (!q.name.empty()) q.name += '.';
            q.name += bytes.substr(at + 1, size);
            at += size + 1;
        }
        q.type = static_cast<unsigned char>(bytes[at + 2]);
        q.question = bytes.substr(12, at + 5 - 12);
        return q;
    }

    void receive() {
        udp_.async_receive_from(boost::asio::buffer(buffer_), from_,
                                [this](boost::system::error_code ec, std::size_t n) {
                                    if (ec) return;
                                    const auto q = read(std::string_view(buffer_.data(), n), false);
                                    for (const auto& m : answer(q))
                                        udp_.send_to(boost::asio::buffer(m), from_);
                                    receive();
                                });
    }

    void accept() {
        acceptor_.async_accept([this](boost::system::error_code ec, tcp::socket s) {
            if (ec) return;
            kept_.push_back(std::make_unique<tcp_client>(tcp_client{std::move(s), {}}));
            read_size(*kept_.back());
            accept();
        });
    }

    struct tcp_client {
        tcp::socket socket;
        std::string bytes;
    };

    void read_size(tcp_client& c) {
        c.bytes.resize(2);
        boost::asio::async_read(
            c.socket, boost::asio::buffer(c.bytes), [this, &c](boost::system::error_code ec, std::size_t) {
                if (ec) return;
                c.bytes.resize(static_cast<std::size_t>(static_cast<unsigned char>(c.bytes[0])) << 8U |
                               static_cast<unsigned char>(c.bytes[1]));
                read_query(c);
            });
    }

    void read_query(tcp_client& c) {
        boost::asio::async_read(c.socket, boost::asio::buffer(c.bytes),
                                [this, &c](boost::system::error_code ec, std::size_t) {
                                    if (ec) return;
                                    for (const auto& m : answer(read(c.bytes, true))) {
                                        packet framed;
                                        framed.u16(static_cast<unsigned>(m.size())).raw(m);
                                        boost::asio::write(c.socket, boost::asio::buffer(framed.bytes()));
                                    }
                                    read_size(c);
                                });
    }

    udp::socket udp_;
    tcp::acceptor acceptor_;
    udp::endpoint from_;
    std::array<char, 65536> buffer_{};
    std::vector<std::unique_ptr<tcp_client>> kept_;
};

}  // namespace stox::test
