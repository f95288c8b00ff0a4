// SPDX-License-Identifier: Apache-2.0
// XML stream reader: any split of the bytes gives the same events, a pause behind each stanza too, and every
// accepted stanza reads the same after it was written again. The first byte chooses the split.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "xml/reader.hpp"

namespace {

using namespace stox::xml;

struct transcript {
    std::vector<std::string> events;
    bool operator==(const transcript&) const = default;
};

transcript read(std::string_view bytes, std::size_t piece, bool pausing) {
    limits l;
    l.stanza_bytes = 600;
    l.depth = 8;
    l.elements = 20;
    l.attributes = 6;
    transcript out;
    stream_reader* self = nullptr;
    stream_reader::events e;
    e.opened = [&](element root) { out.events.push_back("open " + to_bytes(root)); };
    e.stanza = [&](element stanza) {
        out.events.push_back(to_bytes(stanza));
        if (pausing) self->pause();
    };
    e.closed = [&] { out.events.push_back("close"); };
    stream_reader reader(l, e);
    self = &reader;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        auto fault = reader.feed(bytes.substr(at, piece));
        while (!fault && reader.paused()) fault = reader.resume();
        if (!fault) continue;
        out.events.push_back("fault " + fault->condition);
        break;
    }
    return out;
}

void require(bool truth, const char* words) {
    if (truth) return;
    std::fprintf(stderr, "%s\n", words);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t piece = data[0] % 64U + 1U;
    const bool bare = (data[0] & 0x80U) != 0;
    std::string bytes =
        bare ? "" : "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>";
    bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read(bytes, bytes.empty() ? 1 : bytes.size(), false);
    require(read(bytes, piece, false) == whole, "a split changed the events");
    require(read(bytes, 1, true) == whole, "pauses or single bytes changed the events");
    for (const auto& event : whole.events) {
        if (event.front() != '<') continue;
        document again;
        require(!parse_document(event, again), "a stanza does not parse again");
        require(to_bytes(again.first_child()) == event, "a stanza changed when it was parsed again");
    }
    return 0;
}
