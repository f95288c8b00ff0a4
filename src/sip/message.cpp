// SPDX-License-Identifier: Apache-2.0
// Building, changing and writing messages. Reading is message_parser.cpp, judging is check.cpp.
#include "sip/message.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sip/names.hpp"
#include "sip/syntax.hpp"

namespace stox::sip {
namespace {

/// A value must not end its line: CR and LF become spaces.
void append_value(std::string& out, std::string_view value) {
    const std::size_t start = out.size();
    out += value;
    for (std::size_t i = start; i < out.size(); ++i)
        if (out[i] == '\r' || out[i] == '\n') out[i] = ' ';
}

/// Part of the start line: nothing may add another part to it.
void append_part(std::string& out, std::string_view part) {
    for (const char c : part)
        if (!is_control(c) && c != ' ') out += c;
}

bool is_copied_to_responses(std::string_view name) {
    constexpr std::string_view names[] = {"Via", "From", "To", "Call-ID", "CSeq", "Timestamp"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

std::string_view message::keep(std::string_view text) { return added_.emplace_back(text); }

header_field message::make_field(std::string_view name, std::string_view value) {
    const std::string_view known = canonical_name(name);
    // A registered name is a literal; any other belongs to the caller.
    return {known.data() == name.data() ? keep(name) : known, keep(trim(value))};
}

message message::clone() const {
    message out;
    for (const header_field& field : headers_)
        out.headers_.push_back(out.make_field(field.name, field.value));
    out.method_ = out.keep(method_);
    out.request_uri_ = out.keep(request_uri_);
    out.version_ = out.keep(version_);
    out.reason_ = out.keep(reason_);
    out.body_ = out.keep(body_);
    out.status_ = status_;
    out.fault_ = fault_;
    return out;
}

message message::request(std::string_view method, std::string_view request_uri) {
    message out;
    out.version_ = "SIP/2.0";
    out.method_ = out.keep(method);
    out.request_uri_ = out.keep(request_uri);
    return out;
}

message message::response(const message& request, int status, std::string_view reason) {
    message out;
    out.version_ = "SIP/2.0";
    out.status_ = status;
    out.reason_ = out.keep(reason.empty() ? default_reason(status) : reason);
    out.method_ = out.keep(request.method_);
    for (const header_field& field : request.headers_)
        if (is_copied_to_responses(field.name)) out.add(field.name, field.value);
    return out;
}

std::optional<std::string_view> message::header(std::string_view name) const {
    for (const header_field& field : headers_)
        if (iequals(field.name, name)) return field.value;
    return std::nullopt;
}

std::vector<std::string_view> message::all(std::string_view name) const {
    std::vector<std::string_view> out;
    for (const header_field& field : headers_)
        if (iequals(field.name, name)) out.push_back(field.value);
    return out;
}

std::vector<std::string_view> message::list(std::string_view name) const {
    std::vector<std::string_view> out;
    for (const header_field& field : headers_) {
        if (!iequals(field.name, name)) continue;
        for (std::size_t pos = 0; pos < field.value.size();) {
            const std::size_t end = list_element_end(field.value, pos);
            const std::string_view element = trim(field.value.substr(pos, end - pos));
            if (!element.empty()) out.push_back(element);
            pos = end + 1;
        }
    }
    return out;
}

void message::add(std::string_view name, std::string_view value) {
    const header_field field = make_field(name, value);
    headers_.push_back(field);
}

void message::prepend(std::string_view name, std::string_view value) {
    const header_field field = make_field(name, value);
    headers_.insert(headers_.begin(), field);
}

void message::set(std::string_view name, std::string_view value) {
    const header_field field = make_field(name, value);
    const auto same = [&](const header_field& other) { return iequals(other.name, field.name); };
    const auto first = std::find_if(headers_.begin(), headers_.end(), same);
    if (first == headers_.end()) {
        headers_.push_back(field);
        return;
    }
    *first = field;
    headers_.erase(std::remove_if(first + 1, headers_.end(), same), headers_.end());
}

void message::remove(std::string_view name) {
    std::erase_if(headers_, [&](const header_field& field) { return iequals(field.name, name); });
}

void message::remove_first(std::string_view name) {
    const auto first = std::find_if(headers_.begin(), headers_.end(),
                                    [&](const header_field& field) { return iequals(field.name, name); });
    if (first != headers_.end()) headers_.erase(first);
}

void message::set_request_uri(std::string_view uri) { request_uri_ = keep(uri); }

void message::set_body(std::string_view content_type, std::string body) {
    body_ = added_.emplace_back(std::move(body));
    set("Content-Type", content_type);
}

std::string message::to_bytes() const {
    std::string out;
    std::size_t size = 64 + method_.size() + request_uri_.size() + reason_.size() + body_.size();
    for (const header_field& field : headers_) size += field.name.size() + field.value.size() + 4;
    out.reserve(size);
    if (is_request()) {
        append_part(out, method_);
        append_part(out += ' ', request_uri_);
        append_part(out += ' ', version_);
    } else {
        append_part(out, version_);
        (out += ' ') += std::to_string(status_);
        append_value(out += ' ', reason_);
    }
    out += "\r\n";
    for (const header_field& field : headers_) {
        if (iequals(field.name, "Content-Length") || !is_token(field.name)) continue;
        (out += field.name) += ": ";
        append_value(out, field.value);
        out += "\r\n";
    }
    ((out += "Content-Length: ") += std::to_string(body_.size())) += "\r\n\r\n";
    return out += body_;
}

}  // namespace stox::sip
