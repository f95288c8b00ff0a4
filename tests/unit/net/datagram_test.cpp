// SPDX-License-Identifier: Apache-2.0
#include "net/datagram.hpp"

#include <catch2/catch.hpp>
#include <cerrno>

using namespace stox;

TEST_CASE("datagram: a full queue loses a datagram, no route refuses it") {
    for (const int lost : {EAGAIN, EWOULDBLOCK, ENOBUFS, ENOMEM}) CHECK(net::is_lost_not_refused(lost));
    for (const int refused : {ENETUNREACH, EHOSTUNREACH, EMSGSIZE, EPERM, EINVAL})
        CHECK_FALSE(net::is_lost_not_refused(refused));
}
