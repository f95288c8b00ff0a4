// SPDX-License-Identifier: Apache-2.0
// Bytes to message (RFC 3261 sections 7 and 18.3). Wrong things that leave the message answerable are noted,
// not refused; check() (check.cpp) judges what is inside the fields.
#include <utility>

#include "base/text.hpp"
#include "sip/head.hpp"
#include "sip/header/cseq.hpp"
#include "sip/message.hpp"
#include "sip/names.hpp"
#include "sip/syntax.hpp"

namespace stox::sip {
namespace {

/// SIP-Version of RFC 3261 section 25.1, any number.
bool is_version(std::string_view text) {
    if (!istarts_with(text, "SIP/")) return false;
    const std::string_view number = text.substr(4);
    const std::size_t dot = number.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == number.size()) return false;
    for (std::size_t i = 0; i < number.size(); ++i)
        if (i != dot && !is_digit(number[i])) return false;
    return true;
}

}  // namespace

class message_parser {
  public:
    explicit message_parser(std::string bytes) {
        m_.buffer_ = std::make_unique<std::string>(std::move(bytes));
    }

    result<message> run() {
        std::string_view text = *m_.buffer_;
        while (text.starts_with("\r\n")) text.remove_prefix(2);  // RFC 3261 section 7.5
        std::size_t scanned = 0;
        const auto end = find_head_end(text, scanned);
        const head lines = read_head(text.substr(0, end.value_or(text.size())));
        m_.fault_ = lines.fault;
        if (end.value_or(text.size()) > max_head_bytes) m_.fault_ = defect{513, "header block too large"};
        if (lines.fields.empty()) return error{"no header fields"};
        if (!read_start_line(lines.start_line)) return error{"no SIP start line"};
        read_body(lines, text.substr(end.value_or(text.size())));
        m_.headers_.reserve(lines.fields.size() + 4);
        for (const raw_field& field : lines.fields)
            m_.headers_.push_back({canonical_name(field.name), unfold(field.value)});
        if (!m_.is_request()) read_response_method();
        return std::move(m_);
    }

  private:
    void fault(const char* reason) {
        if (!m_.fault_) m_.fault_ = defect{400, reason};
    }

    bool read_start_line(std::string_view line) {
        return istarts_with(line, "SIP/") ? read_status_line(line) : read_request_line(line);
    }

    /// Exactly one SP between the parts (section 7.1); other white space is noted and read over, so that the
    /// 400 finds its way.
    bool read_request_line(std::string_view line) {
        const std::string_view trimmed = trim(line);
        const std::size_t first = trimmed.find_first_of(" \t");
        const std::size_t last = trimmed.find_last_of(" \t");
        m_.method_ = trimmed.substr(0, first);
        if (first == std::string_view::npos || first == last || !is_version(trimmed.substr(last + 1)))
            return unreadable_request();
        m_.request_uri_ = trim(trimmed.substr(first, last - first));
        m_.version_ = trimmed.substr(last + 1);
        if (!is_token(m_.method_)) fault("method is no token");
        const std::size_t expected = m_.method_.size() + m_.request_uri_.size() + m_.version_.size() + 2;
        if (line.size() != expected || line.find('\t') != std::string_view::npos ||
            m_.request_uri_.find(' ') != std::string_view::npos)
            fault("white space in the request line");
        return true;
    }

    /// Something else than a response, so that it can be refused if its Via says where to.
    bool unreadable_request() {
        m_.version_ = "SIP/2.0";
        fault("unreadable request line");
        return true;
    }

    bool read_status_line(std::string_view line) {
        const std::size_t space = line.find(' ');
        if (space == std::string_view::npos) return false;
        m_.version_ = line.substr(0, space);
        const std::string_view code = line.substr(space + 1, 3);
        const std::string_view rest = line.substr(space + 1 + code.size());
        const auto status = code.size() == 3 ? parse_decimal<int>(code, 699) : std::nullopt;
        if (!is_version(m_.version_) || !status || *status < 100) return false;
        if (!rest.empty() && rest.front() != ' ') return false;
        m_.status_ = *status;
        m_.reason_ = rest.substr(rest.empty() ? 0 : 1);  // some peers leave out the SP before an empty reason
        return true;
    }

    /// Section 18.3: bytes behind Content-Length are dropped, a datagram shorter than it is an error.
    void read_body(const head& lines, std::string_view rest) {
        const body_length length = read_content_length(lines);
        if (length.fault && !m_.fault_) m_.fault_ = length.fault;
        if (length.bytes && *length.bytes > rest.size()) fault("body shorter than Content-Length");
        m_.body_ = rest.substr(0, length.fault ? rest.size() : length.bytes.value_or(rest.size()));
    }

    /// Every line break with the blanks around it becomes one SP (section 7.3.1), in place: the result is
    /// never longer.
    std::string_view unfold(std::string_view value) {
        if (value.find_first_of("\r\n") == std::string_view::npos) return value;
        const auto start = static_cast<std::size_t>(value.data() - m_.buffer_->data());
        char* const base = m_.buffer_->data() + start;
        std::size_t out = 0;
        for (std::size_t in = 0; in < value.size();) {
            const std::size_t next = value.find_first_not_of(" \t\r\n", in);
            const std::string_view gap = value.substr(in, next - in);
            if (gap.find_first_of("\r\n") != std::string_view::npos) {
                base[out++] = ' ';
            } else {
                for (const char c : gap) base[out++] = c;
            }
            in += gap.size();
            if (in < value.size()) base[out++] = base[in++];
        }
        return {base, out};
    }

    void read_response_method() {
        const auto value = m_.header("CSeq");
        const auto read = value ? cseq::parse(*value) : result<cseq>(error{});
        if (read) m_.method_ = value->substr(value->size() - read->method.size());
    }

    message m_;
};

result<message> message::parse(std::string bytes) { return message_parser(std::move(bytes)).run(); }

}  // namespace stox::sip
