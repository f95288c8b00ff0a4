// SPDX-License-Identifier: Apache-2.0
// `parse_once SAMPLE N`: parses, judges and writes a sample N times. For callgrind, whose instruction counts
// are the same on every machine (bench/parsing/run).
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/sip_samples.hpp"
#include "bench/stanza_samples.hpp"
#include "sip/message.hpp"
#include "xml/reader.hpp"
#include "xmpp/jid.hpp"

namespace {

std::size_t sip_messages(std::string_view sample, long times) {
    std::size_t written = 0;
    for (long i = times; i > 0; --i) {
        const auto m = stox::sip::message::parse(std::string(sample));
        if (m && !check(*m)) written += m->to_bytes().size();
    }
    return written;
}

std::size_t stanzas(std::string_view sample, long times) {
    namespace xml = stox::xml;
    std::size_t written = 0;
    xml::stream_reader::events e;
    e.stanza = [&](xml::element stanza) {
        const auto from = stox::xmpp::jid::parse(xml::attribute(stanza, "from"));
        const auto to = stox::xmpp::jid::parse(xml::attribute(stanza, "to"));
        if (from && to) written += xml::to_bytes(stanza, "jabber:server").size();
    };
    xml::stream_reader reader({}, e);
    auto fault = reader.feed(stox::bench::stream_header);
    for (long i = times; i > 0 && !fault; --i) fault = reader.feed(sample);
    return written;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view sample = argc == 3 ? argv[1] : "";
    const long times = argc == 3 ? std::atol(argv[2]) : 0;
    std::size_t total = 0;
    if (sample == "message") total = sip_messages(samples::sip_message, times);
    if (sample == "invite") total = sip_messages(samples::sip_invite, times);
    if (sample == "chat") total = stanzas(stox::bench::chat, times);
    if (sample == "disco") total = stanzas(stox::bench::disco, times);
    if (total == 0) {
        std::fprintf(stderr, "usage: parse_once message|invite|chat|disco N\n");
        return 2;
    }
    std::printf("%zu bytes written\n", total);
    return 0;
}
