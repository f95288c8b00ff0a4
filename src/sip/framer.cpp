// SPDX-License-Identifier: Apache-2.0
// Stream framing (RFC 3261 section 18.3): mandatory, single, decimal Content-Length; everything else is a
// fault.
#include "sip/framer.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "sip/header/via.hpp"
#include "sip/syntax.hpp"

namespace stox::sip {

void framer::feed(std::string_view bytes) {
    if (failed_) return;
    if (start_ != 0) {
        buffer_.erase(0, start_);
        start_ = 0;
    }
    buffer_ += bytes;
}

std::optional<framed> framer::next() {
    if (failed_ || buffered() == 0) return std::nullopt;
    if (needed_ == 0) {
        const char first = rest().front();
        if (scanned_ == 0 && (first == '\r' || first == '\n')) return next_blank();
        // A TLS hello or other binary noise must not fill the buffer first.
        if (!is_token_char(first)) return fail({400, "no SIP"}, {});
        after_blank_ = false;
        if (auto fault = read_length()) return fault;
    }
    if (needed_ == 0 || buffered() < needed_) return std::nullopt;
    return take_message();
}

std::optional<framed> framer::next_blank() {
    const std::string_view text = rest();
    if (text == "\r") return std::nullopt;
    if (!text.starts_with("\r\n")) return fail({400, "bare CR or LF before a message"}, {});
    start_ += 2;
    framed out;
    out.what = after_blank_ ? framed::kind::ping : framed::kind::pong;
    after_blank_ = !after_blank_;
    return out;
}

std::optional<framed> framer::read_length() {
    const std::string_view text = rest();
    const auto end = find_head_end(text, scanned_);
    if (end.value_or(text.size()) > limits_.head_bytes) {
        const std::string_view kept = text.substr(0, limits_.head_bytes);
        return fail({513, "header block too large"}, kept.substr(0, kept.rfind('\n') + 1));
    }
    if (!end) return std::nullopt;
    const head lines = read_head(text.substr(0, *end));
    const body_length length = read_content_length(lines);
    if (lines.fault) return fail(*lines.fault, text.substr(0, *end));
    if (length.fault) return fail(*length.fault, text.substr(0, *end));
    if (!length.bytes) return fail({400, "no Content-Length on a stream"}, text.substr(0, *end));
    if (*end + *length.bytes > limits_.message_bytes)
        return fail({513, "message too large"}, text.substr(0, *end));
    needed_ = *end + *length.bytes;
    return std::nullopt;
}

framed framer::take_message() {
    framed out;
    if (start_ == 0 && buffer_.size() == needed_)
        out.bytes = std::exchange(buffer_, {});
    else
        out.bytes = buffer_.substr(start_, needed_);
    start_ = buffer_.empty() ? 0 : start_ + needed_;
    scanned_ = needed_ = 0;
    return out;
}

framed framer::fail(defect what, std::string_view readable) {
    framed out;
    out.what = framed::kind::fault;
    out.fault = std::move(what);
    out.bytes = readable;
    failed_ = true;
    buffer_ = {};
    start_ = 0;
    return out;
}

std::optional<message> refusal(const message& broken, const defect& why) {
    const auto top = broken.header("Via");
    if (!broken.is_request() || broken.method() == "ACK" || !top) return std::nullopt;
    if (!via::parse_for_refusal(*top)) return std::nullopt;
    return message::response(broken, why.status, why.reason);
}

std::optional<message> refusal(const framed& fault) {
    const auto broken = message::parse(fault.bytes);
    if (!broken) return std::nullopt;
    return refusal(*broken, fault.fault);
}

}  // namespace stox::sip
