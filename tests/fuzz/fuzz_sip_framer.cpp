// SPDX-License-Identifier: Apache-2.0
// Any bytes on a stream: any split gives the same units, and what the framer calls one message is one message
// with the same body length to the parser (RFC 3261 section 18.3).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "sip/framer.hpp"
#include "sip/head.hpp"

using namespace stox::sip;

namespace {

constexpr framer_limits limits{2048, 4096};

void require(bool holds) {
    if (!holds) std::abort();
}

void drain(framer& f, std::vector<framed>& out) {
    while (auto unit = f.next()) out.push_back(std::move(*unit));
}

std::vector<framed> frame(std::string_view bytes, std::size_t step) {
    framer f(limits);
    std::vector<framed> out;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        f.feed(bytes.substr(at, step));
        drain(f, out);
        require(f.buffered() <= limits.message_bytes + step);
    }
    return out;
}

void agree_with_parser(const std::string& bytes) {
    std::size_t scanned = 0;
    const auto end = find_head_end(bytes, scanned);
    require(end.has_value());
    require(message::parse(bytes + "tail").has_value() == message::parse(bytes).has_value());
    const auto m = message::parse(bytes + "OPTIONS sip:smuggled SIP/2.0\r\n");
    if (!m) return;
    require(!m->syntax_fault() || m->syntax_fault()->reason.find("Content-Length") == std::string::npos);
    require(m->body().size() == bytes.size() - *end);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto whole = frame(bytes, std::max<std::size_t>(size, 1));
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, size / 2 + 1}) {
        const auto parts = frame(bytes, step);
        require(parts.size() == whole.size());
        for (std::size_t i = 0; i < parts.size(); ++i)
            require(parts[i].what == whole[i].what && parts[i].bytes == whole[i].bytes &&
                    parts[i].fault.reason == whole[i].fault.reason);
    }
    for (const framed& unit : whole) {
        if (unit.what == framed::kind::message) agree_with_parser(unit.bytes);
        if (unit.what == framed::kind::fault)
            if (const auto answer = refusal(unit)) require(message::parse(answer->to_bytes()).has_value());
    }
    return 0;
}
