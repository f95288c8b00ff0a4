// SPDX-License-Identifier: Apache-2.0
// Domainparts (RFC 7622 section 3.2): IDNA2008 labels by libidn2 (UTS 46, non-transitional), IP literals as
// they are.
#include <arpa/inet.h>
#include <idn2.h>

#include <array>
#include <memory>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "xmpp/jid.hpp"

namespace stox::xmpp {
namespace {

using boost::system::in_place_value;  // a bare string could also become the error's text

constexpr std::size_t max_part_bytes = 1023;  // RFC 7622 section 3.1
constexpr std::size_t max_label_bytes = 63;   // RFC 1035 section 2.3.4
constexpr std::size_t max_name_bytes = 253;   // RFC 1035 section 2.3.4, in text form

struct free_idn {
    void operator()(char* p) const { idn2_free(p); }
};
using idn_text = std::unique_ptr<char, free_idn>;

bool is_ascii(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    return true;
}

bool is_ldh_label(std::string_view label) {
    if (label.empty() || label.size() > max_label_bytes) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    for (const char c : label)
        if (!is_alnum(c) && c != '-') return false;
    return true;
}

bool is_ldh_name(std::string_view name) {
    if (name.size() > max_name_bytes) return false;
    for (const auto label : split(name, '.'))
        if (!is_ldh_label(label)) return false;
    return true;
}

// "[v6]", canonical.
result<std::string> ip_literal(std::string_view domain) {
    const error bad{"the domain is not a valid IPv6 literal"};
    if (domain.back() != ']') return bad;
    const std::string inside(domain.substr(1, domain.size() - 2));
    in6_addr address{};
    if (inside.find('\0') != std::string::npos || inet_pton(AF_INET6, inside.c_str(), &address) != 1)
        return bad;
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, &address, text.data(), text.size());
    return {in_place_value, "[" + std::string(text.data()) + "]"};
}

result<std::string> checked_input(std::string_view domain) {
    if (!domain.empty() && domain.back() == '.') domain.remove_suffix(1);  // RFC 7622 section 3.2
    if (domain.empty()) return error{"the domain is empty"};
    if (domain.size() > max_part_bytes) return error{"the domain is longer than 1023 bytes"};
    if (domain.find('\0') != std::string_view::npos || !is_utf8(domain))
        return error{"the domain is not valid"};
    return {in_place_value, domain};
}

result<std::string> labels_to_ascii(const std::string& domain) {
    if (is_ascii(domain) && to_lower(domain).find("xn--") == std::string::npos) {
        if (!is_ldh_name(domain)) return error{"the domain has an invalid label"};
        return {in_place_value, to_lower(domain)};
    }
    char* raw = nullptr;
    const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES;
    const int code = idn2_to_ascii_8z(domain.c_str(), &raw, flags);
    const idn_text out(raw);
    if (code != IDN2_OK) return error{std::string("the domain is not valid: ") + idn2_strerror(code)};
    std::string ascii = to_lower(out.get());
    if (!is_ldh_name(ascii)) return error{"the domain has an invalid label"};
    return {in_place_value, std::move(ascii)};
}

}  // namespace

result<std::string> domain_to_ascii(std::string_view domain) {
    auto input = checked_input(domain);
    if (!input) return input;
    return input->front() == '[' ? ip_literal(*input) : labels_to_ascii(*input);
}

result<std::string> domain_to_unicode(std::string_view domain) {
    // By way of A-labels, so that every spelling of a name ends as the same U-labels.
    auto ascii = domain_to_ascii(domain);
    if (!ascii || ascii->find("xn--") == std::string::npos) return ascii;
    char* raw = nullptr;
    const int code = idn2_to_unicode_8z8z(ascii->c_str(), &raw, 0);
    const idn_text out(raw);
    if (code != IDN2_OK) return error{std::string("the domain is not valid: ") + idn2_strerror(code)};
    std::string text = out.get();
    if (text.size() > max_part_bytes) return error{"the domain is longer than 1023 bytes"};
    return {in_place_value, std::move(text)};
}

}  // namespace stox::xmpp
