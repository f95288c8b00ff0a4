// SPDX-License-Identifier: Apache-2.0
// `parse_once sip|stanza FILE N`: parses, judges and writes the message or stanza of FILE N times. For
// callgrind, whose instruction counts are the same on every machine.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "sip/message.hpp"
#include "xml/reader.hpp"
#include "xmpp/jid.hpp"

namespace {

std::size_t sip_once(const std::string& bytes) {
    const auto m = stox::sip::message::parse(bytes);
    if (!m || check(*m)) return 0;
    return m->to_bytes().size();
}

std::size_t stanzas(const std::string& bytes, long times) {
    namespace xml = stox::xml;
    std::size_t written = 0;
    xml::stream_reader::events e;
    e.stanza = [&](xml::element stanza) {
        const auto from = stox::xmpp::jid::parse(xml::attribute(stanza, "from"));
        const auto to = stox::xmpp::jid::parse(xml::attribute(stanza, "to"));
        if (from && to) written += xml::to_bytes(stanza, "jabber:server").size();
    };
    xml::stream_reader reader({}, e);
    auto fault =
        reader.feed("<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>");
    for (long i = times; i > 0 && !fault; --i) fault = reader.feed(bytes);
    return written;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc == 4 ? argv[1] : "";
    if (mode != "sip" && mode != "stanza") {
        std::fprintf(stderr, "usage: parse_once sip|stanza FILE N\n");
        return 2;
    }
    std::ifstream in(argv[2], std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    std::size_t total = 0;
    const long times = std::atol(argv[3]);
    if (mode == "stanza") total = stanzas(bytes, times);
    for (long i = mode == "sip" ? times : 0; i > 0; --i) total += sip_once(bytes);
    std::printf("%zu bytes written\n", total);
    return total == 0 ? 1 : 0;
}
