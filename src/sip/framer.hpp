// SPDX-License-Identifier: Apache-2.0
// Cuts the bytes of a stream connection (TCP, TLS) into SIP messages and CRLF keep-alives (RFC 3261
// section 18.3, RFC 5626 section 3.5.1). It shares its scanner (head.hpp) with the parser. Any split of the
// same bytes gives the same units. After a fault the position of the next message is unknown: the connection
// must be closed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sip/head.hpp"

namespace stox::sip {

struct framer_limits {
    std::size_t head_bytes = max_head_bytes;
    std::size_t message_bytes = 131'072;  // head and body
};

struct framed {
    enum class kind {
        message,  // `bytes` is one whole message, without the CRLFs that stood before it
        pong,     // a CRLF between messages: the answer to a ping when one was sent, else nothing
        ping,     // a second CRLF right behind the first: answer CRLF
        fault,  // `fault` says what is wrong, `bytes` is the readable part of the head; always the last unit
    } what = kind::message;
    std::string bytes;
    defect fault;
};

class framer {
  public:
    explicit framer(framer_limits limits = {}) : limits_(limits) {}

    /// Takes what was read. Call next() until it gives nothing before feeding again: that keeps the buffer at
    /// one message and one read.
    void feed(std::string_view bytes);
    /// The next unit, nullopt when more bytes are needed or after a fault.
    std::optional<framed> next();

    bool failed() const { return failed_; }
    /// Nothing of a message has come yet: closing now loses nothing.
    bool between_messages() const { return failed_ || buffered() == 0; }
    std::size_t buffered() const { return buffer_.size() - start_; }

  private:
    std::string_view rest() const { return std::string_view(buffer_).substr(start_); }
    std::optional<framed> next_blank();
    std::optional<framed> read_length();
    framed take_message();
    framed fail(defect what, std::string_view readable);

    framer_limits limits_;
    std::string buffer_;
    std::size_t start_ = 0;     // of the message under way
    std::size_t scanned_ = 0;   // how far its head was searched
    std::size_t needed_ = 0;    // its whole size, 0 while the head is not complete
    bool after_blank_ = false;  // a CRLF came last
    bool failed_ = false;
};

/// The response that refuses a broken request, when its top Via can be read and it is no ACK; nullopt
/// otherwise. The caller adds the To tag.
std::optional<message> refusal(const message& broken, const defect& why);
/// The same for a fault of the framer.
std::optional<message> refusal(const framed& fault);

}  // namespace stox::sip
