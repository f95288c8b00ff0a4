// SPDX-License-Identifier: Apache-2.0
// What a stream_reader reported, as text: two runs that must agree are compared by their transcripts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xml/reader.hpp"

namespace stox::xml::test {

inline constexpr std::string_view header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams' from='peer.test' to='sip.test' version='1.0'>";

struct transcript {
    std::string opened;
    std::vector<std::string> stanzas;
    bool closed = false;
    std::string fault;  // condition, "" = none

    bool operator==(const transcript&) const = default;
};

/// Feeds `bytes` in pieces of `piece` bytes (0: all at once); `pausing` stops behind every stanza and goes
/// on.
inline transcript read(std::string_view bytes, std::size_t piece = 0, limits l = {}, bool pausing = false) {
    transcript out;
    stream_reader* self = nullptr;
    stream_reader::events e;
    e.opened = [&](element root) { out.opened = to_bytes(root); };
    e.stanza = [&](element stanza) {
        out.stanzas.push_back(to_bytes(stanza));
        if (pausing) self->pause();
    };
    e.closed = [&] { out.closed = true; };
    stream_reader reader(l, e);
    self = &reader;
    if (piece == 0) piece = bytes.empty() ? 1 : bytes.size();
    for (std::size_t at = 0; at < bytes.size() && out.fault.empty(); at += piece) {
        auto fault = reader.feed(bytes.substr(at, piece));
        while (!fault && reader.paused()) fault = reader.resume();
        if (fault) out.fault = fault->condition;
    }
    return out;
}

}  // namespace stox::xml::test
