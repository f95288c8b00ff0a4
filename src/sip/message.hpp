// SPDX-License-Identifier: Apache-2.0
// A SIP message (RFC 3261 section 7): start line, header fields, body. A received message is views into the
// one buffer that it owns; every header field is kept in order, known or not. Typed headers are parsed on
// demand (sip/header/*.hpp). Framing on streams is sip/framer.hpp, which shares this file's header scanner.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace stox::sip {

/// Why a message cannot be understood: the status to answer with when it is a request that can be answered.
struct defect {
    int status = 400;
    std::string reason;  // names the header or the rule broken
};

struct header_field {
    std::string_view name;  // long form in the usual spelling for known names ("Via"), as received for others
    std::string_view value;  // trimmed, unfolded
};

class message {
  public:
    message(message&&) noexcept = default;
    message& operator=(message&&) noexcept = default;
    message clone() const;

    /// Parses one datagram or one framed stream message. Fails only when there is no header field at all or
    /// the start line is that of a response and unreadable; everything else that is wrong is reported by
    /// check(), so that a 400 can still be answered.
    static result<message> parse(std::string bytes);

    static message request(std::string_view method, std::string_view request_uri);
    /// A response with Via, From, To, Call-ID, CSeq (and Timestamp) of `request` copied (RFC 3261
    /// section 8.2.6). The caller's transaction layer adds the To tag.
    static message response(const message& request, int status, std::string_view reason = {});

    bool is_request() const { return status_ == 0; }
    std::string_view method() const { return method_; }  // of a response: the CSeq method
    std::string_view request_uri() const { return request_uri_; }
    std::string_view version() const { return version_; }
    int status() const { return status_; }  // 0 for a request
    std::string_view reason() const { return reason_; }

    std::span<const header_field> headers() const { return headers_; }
    /// The first field of that name (long form, any case); nullopt when absent.
    std::optional<std::string_view> header(std::string_view name) const;
    /// Every field value of that name in order, not split at commas.
    std::vector<std::string_view> all(std::string_view name) const;
    /// Every list element of that name in order, split at commas outside quotes and angle brackets.
    std::vector<std::string_view> list(std::string_view name) const;

    void add(std::string_view name, std::string_view value);
    void prepend(std::string_view name, std::string_view value);
    /// Replaces the first field of that name (removing others) or adds it.
    void set(std::string_view name, std::string_view value);
    void remove(std::string_view name);
    void remove_first(std::string_view name);
    void set_request_uri(std::string_view uri);

    /// What was wrong with the bytes it was parsed from, readable as they still were; check() reports it.
    const std::optional<defect>& syntax_fault() const { return fault_; }

    std::string_view body() const { return body_; }
    /// Sets body and Content-Type; Content-Length is always written by to_bytes().
    void set_body(std::string_view content_type, std::string body);

    /// Wire form. Values are checked: CR and LF inside a value become spaces, so nothing can inject a header.
    std::string to_bytes() const;

  private:
    message() = default;
    std::string_view keep(std::string_view text);
    header_field make_field(std::string_view name, std::string_view value);

    // Views point into these; both keep their addresses when the message moves.
    std::unique_ptr<std::string> buffer_;
    std::deque<std::string> added_;
    std::vector<header_field> headers_;
    std::string_view method_, request_uri_, version_, reason_, body_;
    int status_ = 0;
    std::optional<defect> fault_;
    friend class message_parser;
};

/// The rules of RFC 3261 sections 7, 8.2 and 20 that every request must meet (mandatory headers once, CSeq
/// method, Max-Forwards, scheme, version, scalar ranges, Content-Length against the body, readable Via From
/// To Contact ...); nullopt when it may be processed. For responses: whether it may be matched at all.
std::optional<defect> check(const message& m);

std::string_view default_reason(int status);

}  // namespace stox::sip
