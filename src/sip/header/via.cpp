// SPDX-License-Identifier: Apache-2.0
// Via: `SIP / 2.0 / UDP host : port ;params` with blanks wherever the grammar has them.
#include "sip/header/via.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sip/host.hpp"

namespace stox::sip {
namespace {

std::string_view read_token(std::string_view text, std::size_t& pos) {
    skip_wsp(text, pos);
    const std::size_t start = pos;
    while (pos < text.size() && is_token_char(text[pos])) ++pos;
    return text.substr(start, pos - start);
}

bool read_slash(std::string_view text, std::size_t& pos) {
    skip_wsp(text, pos);
    if (pos == text.size() || text[pos] != '/') return false;
    ++pos;
    return true;
}

result<void> read_protocol(via& out, std::string_view text, std::size_t& pos) {
    if (!iequals(read_token(text, pos), "SIP") || !read_slash(text, pos))
        return error{"bad Via protocol", pos};
    out.version = read_token(text, pos);
    if (out.version.empty() || !read_slash(text, pos)) return error{"bad Via version", pos};
    out.transport = read_token(text, pos);
    if (out.transport.empty()) return error{"bad Via transport", pos};
    for (char& c : out.transport)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (pos == text.size() || !is_wsp(text[pos])) return error{"no blank before the Via host", pos};
    return {};
}

/// sent-by may have blanks around its colon (COLON = SWS ":" SWS).
result<void> read_sent_by(via& out, std::string_view text, std::size_t& pos) {
    skip_wsp(text, pos);
    const std::size_t end = std::min(text.find_first_of(";,", pos), text.size());
    const std::string_view sent_by = trim(text.substr(pos, end - pos));
    const std::size_t bracket = sent_by.starts_with('[') ? std::min(sent_by.find(']'), sent_by.size()) : 0;
    const std::size_t colon = std::min(sent_by.find(':', bracket), sent_by.size());
    auto host = read_host(trim(sent_by.substr(0, colon)));
    if (!host) return error{"bad Via host", pos};
    out.host = std::move(*host);
    if (colon < sent_by.size()) {
        out.port = parse_decimal<std::uint16_t>(trim(sent_by.substr(colon + 1)), 65535);
        if (!out.port) return error{"bad Via port", pos + colon};
    }
    pos = end;
    return {};
}

}  // namespace

result<via> via::parse(std::string_view text, std::size_t& pos) {
    via out;
    if (auto read = read_protocol(out, text, pos); !read) return read.error();
    if (auto read = read_sent_by(out, text, pos); !read) return read.error();
    if (auto read = read_parameters(text, pos, out.parameters); !read) return read.error();
    return out;
}

result<via> via::parse_for_refusal(std::string_view text) {
    via out;
    std::size_t pos = 0;
    if (auto read = read_protocol(out, text, pos); !read) return read.error();
    if (auto read = read_sent_by(out, text, pos); !read) return read.error();
    static_cast<void>(read_parameters(text, pos, out.parameters));
    return out;
}

result<via> via::parse(std::string_view text) {
    std::size_t pos = 0;
    auto out = parse(text, pos);
    if (out && pos != text.size()) return error{"more than one Via", pos};
    return out;
}

std::string via::to_string() const {
    std::string out = "SIP/" + version + '/' + transport + ' ' + host;
    if (port) (out += ':') += std::to_string(*port);
    for (const auto& [name, value] : parameters) append_parameter(out, name, value);
    return out;
}

void via::set_parameter(std::string_view name, std::string_view value) {
    for (auto& [key, old] : parameters) {
        if (key != name) continue;
        old = value;
        return;
    }
    parameters.emplace_back(name, value);
}

void via::remove_parameter(std::string_view name) {
    std::erase_if(parameters, [name](const auto& p) { return p.first == name; });
}

std::string_view via::branch() const {
    const std::string* value = parameter("branch");
    return value == nullptr ? std::string_view() : std::string_view(*value);
}

std::string_view via::received() const {
    const std::string* value = parameter("received");
    if (value == nullptr) return {};
    std::string_view address = *value;
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    return address;
}

void via::set_received(std::string_view address) {
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    set_parameter("received", address);
}

std::optional<std::uint16_t> via::rport() const {
    const std::string* value = parameter("rport");
    return value == nullptr ? std::nullopt : parse_decimal<std::uint16_t>(*value, 65535);
}

}  // namespace stox::sip
