// SPDX-License-Identifier: Apache-2.0
#include "sip/transaction/key.hpp"

#include "base/text.hpp"
#include "sip/uri.hpp"

namespace stox::sip::transaction {

namespace {

// Cannot stand in a token, host or URI, so parts cannot run into each other.
constexpr char separator = '\n';

std::string_view effective_method(const message& request, std::string_view as_method) {
    if (!as_method.empty()) return as_method;
    return request.method() == "ACK" ? "INVITE" : request.method();
}

std::string_view cseq_number(const message& m) {
    const auto value = m.header("CSeq").value_or("");
    return value.substr(0, value.find_first_of(" \t"));
}

// The tag in To belongs to the key. Not for INVITE, whose ACK has that of our response: there Call-ID, CSeq
// and the tag in From say it all.
std::string rfc2543_key(const message& request, const via& top, std::string_view method) {
    auto sent = top;
    sent.remove_parameter("received");
    sent.remove_parameter("rport");
    std::string key = "2543";
    for (const auto part :
         {method, request.request_uri(), request.header("Call-ID").value_or(""), cseq_number(request)})
        (key += separator) += part;
    (key += separator) += sent.to_string();
    (key += separator) += tag_of(request.header("From").value_or(""));
    if (method == "INVITE") return key;
    return (key += separator) += tag_of(request.header("To").value_or(""));
}

}  // namespace

std::string tag_of(std::string_view name_addr_value) {
    const auto address = name_addr::parse(name_addr_value);
    if (!address) return {};
    const auto* tag = address->parameter("tag");
    return tag == nullptr ? std::string() : *tag;
}

std::string server_key(const message& request, const via& top, std::string_view as_method) {
    const auto method = effective_method(request, as_method);
    const auto branch = top.branch();
    if (!istarts_with(branch, branch_cookie)) return rfc2543_key(request, top, method);
    std::string key(branch);
    (key += separator) += top.host;
    if (top.port) (key += ':') += std::to_string(*top.port);
    return (key += separator) += method;
}

std::string client_key(std::string_view branch, std::string_view method) {
    std::string key(branch);
    return (key += separator) += method;
}

std::string merge_key(const message& request) {
    if (!tag_of(request.header("To").value_or("")).empty()) return {};
    std::string key = tag_of(request.header("From").value_or(""));
    (key += separator) += request.header("Call-ID").value_or("");
    (key += separator) += cseq_number(request);
    return (key += separator) += request.method();
}

}  // namespace stox::sip::transaction
