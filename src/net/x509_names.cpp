// SPDX-License-Identifier: Apache-2.0
#include "net/x509_names.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace stox::net {

namespace {

using general_names_ptr = std::unique_ptr<GENERAL_NAMES, openssl_free<GENERAL_NAMES_free>>;

// More names than any honest certificate has; matching stays cheap whatever a stranger sends.
constexpr int most_names = 1000;

constexpr std::string_view oid_on_dns_srv = "1.3.6.1.5.5.7.8.7";    // RFC 4985 section 2
constexpr std::string_view oid_on_xmpp_addr = "1.3.6.1.5.5.7.8.5";  // RFC 6120 section 13.7.1.4

// "good.example\0evil" must not be read as "good.example": whatever is not printable drops the name.
std::optional<std::string> clean_text(const ASN1_STRING* text) {
    if (text == nullptr) return std::nullopt;
    const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(text));
    std::string out(bytes, static_cast<std::size_t>(ASN1_STRING_length(text)));
    const bool bad = std::any_of(out.begin(), out.end(),
                                 [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
    if (bad || out.empty()) return std::nullopt;
    return out;
}

void add_other_name(const OTHERNAME& other, certificate_names& names) {
    std::array<char, 64> oid{};
    OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), other.type_id, 1);
    if (other.value == nullptr) return;
    const bool text_type = other.value->type == V_ASN1_IA5STRING || other.value->type == V_ASN1_UTF8STRING;
    if (!text_type) return;
    const auto text = clean_text(other.value->value.asn1_string);
    if (!text) return;
    if (oid_on_dns_srv == oid.data()) names.srv.push_back(to_lower(*text));
    if (oid_on_xmpp_addr == oid.data()) names.xmpp_addr.push_back(to_lower(*text));
}

}  // namespace

certificate_names names_in(const X509& certificate) {
    certificate_names out;
    const general_names_ptr list(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
    ERR_clear_error();
    const int count = list ? std::min(sk_GENERAL_NAME_num(list.get()), most_names) : 0;
    for (int i = 0; i < count; ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(list.get(), i);
        if (name->type == GEN_DNS) {
            if (const auto text = clean_text(name->d.dNSName)) out.dns.push_back(to_lower(*text));
        } else if (name->type == GEN_URI) {
            if (auto text = clean_text(name->d.uniformResourceIdentifier))
                out.uri.push_back(std::move(*text));
        } else if (name->type == GEN_OTHERNAME) {
            add_other_name(*name->d.otherName, out);
        }
    }
    return out;
}

std::string fingerprint_of(const X509& certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    if (X509_digest(&certificate, EVP_sha256(), bytes.data(), &length) != 1) return {};
    return std::string(reinterpret_cast<const char*>(bytes.data()), length);
}

std::string key_fingerprint_of(const X509& certificate) {
    unsigned char* der = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &der);
    if (length <= 0) return {};
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
    return digest(hash::sha256, bytes);
}

wall_time to_wall_time(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return wall_time{};
    // Dates outside of what the clock's nanoseconds can hold ("no well-defined expiration", RFC 5280
    // 4.1.2.5).
    constexpr int last_year = 2200;
    parts.tm_year = std::min(parts.tm_year, last_year - 1900);
    return wall_clock::from_time_t(timegm(&parts));
}

}  // namespace stox::net
