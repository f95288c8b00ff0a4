// SPDX-License-Identifier: Apache-2.0
// XML stream reader with its real limits under repetition: the input is a small program that repeats pieces
// of itself, so that floods of megabytes come from few bytes. What is accepted stays within the limits, and a
// megabyte takes no longer than a few seconds (libFuzzer's time limit judges).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "xml/reader.hpp"

namespace {

using namespace stox::xml;

constexpr std::size_t flood_bytes = std::size_t{1} << 20U;

// Each step: one byte repeat count (powers of two), one byte length, then that many bytes of text.
std::string expand(const std::uint8_t* data, std::size_t size) {
    std::string out;
    for (std::size_t at = 0; at + 2 <= size && out.size() < flood_bytes;) {
        const std::size_t times = std::size_t{1} << (data[at] % 17U);
        const std::size_t length = std::min<std::size_t>(data[at + 1], size - at - 2);
        const std::string_view piece(reinterpret_cast<const char*>(data) + at + 2, length);
        for (std::size_t i = 0; i < times && out.size() < flood_bytes && length > 0; ++i) out.append(piece);
        at += 2 + length;
    }
    return out;
}

struct counts {
    std::size_t elements = 0, depth = 0;
};

void count(element e, std::size_t depth, counts& c) {
    ++c.elements;
    c.depth = std::max(c.depth, depth);
    for (const auto& child : e.children())
        if (child.type() == pugi::node_element) count(child, depth + 1, c);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const limits l;
    stream_reader::events e;
    e.stanza = [&](element stanza) {
        counts c;
        count(stanza, 1, c);
        if (c.elements > l.elements || c.depth > l.depth) std::abort();
    };
    stream_reader reader(l, e);
    const std::size_t piece = std::size_t{16} << (data[0] % 10U);
    const std::string bytes =
        "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>" +
        expand(data + 1, size - 1);
    for (std::size_t at = 0; at < bytes.size(); at += piece)
        if (reader.feed(std::string_view(bytes).substr(at, piece))) break;
    return 0;
}
