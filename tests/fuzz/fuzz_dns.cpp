// SPDX-License-Identifier: Apache-2.0
// The DNS message parser: the first byte chooses the question, the rest is the answer.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dns/message.hpp"

using namespace stox::dns;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::array<question, 8> questions{{{"example.com", rr_type::a},
                                                    {"example.com", rr_type::aaaa},
                                                    {"_sip._udp.example.com", rr_type::srv},
                                                    {"example.com", rr_type::naptr},
                                                    {"_5269._tcp.example.com", rr_type::tlsa},
                                                    {"1.2.0.192.in-addr.arpa", rr_type::ptr},
                                                    {"example.com", rr_type::srv},
                                                    {"a", rr_type::a}}};
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto r = parse_reply(bytes, questions[data[0] % questions.size()]);
    if (!r) return 0;
    if (r->records.size() > 64 || r->state == status::unavailable) std::abort();
    if (!r->alias.empty() && normal_name(r->alias) != r->alias) std::abort();
    return 0;
}
