// SPDX-License-Identifier: Apache-2.0
// `parse_once sip FILE N`: parses, judges and writes the message of FILE N times. For callgrind, whose
// instruction counts are the same on every machine.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "sip/message.hpp"

namespace {

std::size_t sip_once(const std::string& bytes) {
    const auto m = stox::sip::message::parse(bytes);
    if (!m || check(*m)) return 0;
    return m->to_bytes().size();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4 || std::string_view(argv[1]) != "sip") {
        std::fprintf(stderr, "usage: parse_once sip FILE N\n");
        return 2;
    }
    std::ifstream in(argv[2], std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    std::size_t total = 0;
    for (long i = std::atol(argv[3]); i > 0; --i) total += sip_once(bytes);
    std::printf("%zu bytes written\n", total);
    return total == 0 ? 1 : 0;
}
