// SPDX-License-Identifier: Apache-2.0
// Programs whose only use is to search the Internet for SIP servers to abuse say who they are in User-Agent.
// After a few answers they get none: silence ends a scan sooner than refusals do.
#pragma once

#include "base/bounded_map.hpp"
#include "net/address.hpp"
#include "sip/message.hpp"

namespace stox::sip {

/// Whether User-Agent names a known scanner.
bool is_scanner(const message& request);

class scanner_memory {
  public:
    /// Whether a request goes without an answer: it is a scanner's, and its source (IPv6: the /64) sent ten
    /// of them within the last ten minutes. Requests of other user agents are never counted.
    bool silences(const message& request, const net::ip_address& source, steady_time now);

  private:
    bounded_map<net::ip_address, int, net::ip_address_hash> seen_{4096};
};

}  // namespace stox::sip
