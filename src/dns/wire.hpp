// SPDX-License-Identifier: Apache-2.0
// A bounded cursor over one DNS message. After the first violation it is not good() any more and every read
// gives zeros and empty strings, so that callers check once after a group of reads. RFC 1035 section 4.1.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace stox::dns {

class wire_reader {
  public:
    explicit wire_reader(std::string_view message) : message_(message) {}

    std::uint8_t u8();
    std::uint16_t u16();
    std::uint32_t u32();
    /// A view into the message.
    std::string_view bytes(std::size_t count);
    void skip(std::size_t count) { bytes(count); }
    /// A character-string: one length byte, then that many bytes.
    std::string text() { return std::string(bytes(u8())); }
    /// A domain name, lower case, without the trailing dot; "." for the root. Compression pointers must point
    /// before the name they stand in, so that every chain ends. Bytes that no host name has become '?', so
    /// that they neither pass for a dot nor match a question.
    std::string name();

    bool good() const { return problem_.empty(); }
    std::string_view problem() const { return problem_; }
    void fail(std::string_view problem) {
        if (good()) problem_ = problem;
    }
    std::size_t position() const { return at_; }
    /// A reader of the same message elsewhere.
    wire_reader at(std::size_t position) const;

  private:
    std::string_view message_;
    std::string_view problem_;  // a literal
    std::size_t at_ = 0;
};

}  // namespace stox::dns
