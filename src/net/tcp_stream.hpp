// SPDX-License-Identifier: Apache-2.0
// Internal to net: a connected TCP socket as a byte_stream. Others get one from connect_tcp() or a listener.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "net/byte_stream.hpp"

namespace stox::net {

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;

/// Takes the socket over and sets the options that every connection has: TCP_NODELAY, keep-alive, and
/// TCP_USER_TIMEOUT 30 s, so that a peer that vanished with data under way is noticed.
stream_ptr make_tcp_stream(tcp_socket socket);

socket_address from_endpoint(const boost::asio::ip::tcp::endpoint& endpoint);
boost::asio::ip::tcp::endpoint to_tcp_endpoint(const socket_address& address);

}  // namespace stox::net
