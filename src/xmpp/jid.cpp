// SPDX-License-Identifier: Apache-2.0
// Parsing and normalising of JIDs (RFC 7622). Localpart and resourcepart go through stringprep's profiles
// (RFC 6122 appendices A and B), which is what deployed servers compare with; docs/adr/0001-precis.md.
#include "xmpp/jid.hpp"

#include <unicode/uchar.h>
#include <unicode/usprep.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#include <array>
#include <memory>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace stox::xmpp {
namespace {

using boost::system::in_place_value;  // a bare string could also become the error's text

constexpr std::size_t max_part_bytes = 1023;  // RFC 7622 section 3.1

struct close_profile {
    void operator()(UStringPrepProfile* p) const { usprep_close(p); }
};

const UStringPrepProfile* profile(UStringPrepProfileType type) {
    const auto open = [](UStringPrepProfileType t) {
        UErrorCode code = U_ZERO_ERROR;
        return std::unique_ptr<UStringPrepProfile, close_profile>(usprep_openByType(t, &code));
    };
    static const auto nodeprep = open(USPREP_RFC3920_NODEPREP);
    static const auto resourceprep = open(USPREP_RFC3920_RESOURCEPREP);
    return type == USPREP_RFC3920_NODEPREP ? nodeprep.get() : resourceprep.get();
}

// A character that no Unicode version known here assigns would normalise differently one day.
bool has_unassigned(const UChar* text, int32_t size) {
    for (int32_t i = 0; i < size;) {
        UChar32 c = 0;
        U16_NEXT(text, i, size, c);
        if (u_charType(c) == U_UNASSIGNED) return true;
    }
    return false;
}

// Characters newer than Unicode 3.2 pass through stringprep unchanged (emoji in nicknames are common).
result<std::string> prepare(std::string_view text, UStringPrepProfileType type) {
    std::array<UChar, max_part_bytes + 1> wide{};
    std::array<UChar, 4 * max_part_bytes> prepared{};
    UErrorCode code = U_ZERO_ERROR;
    int32_t wide_size = 0;
    u_strFromUTF8(wide.data(), static_cast<int32_t>(wide.size()), &wide_size, text.data(),
                  static_cast<int32_t>(text.size()), &code);
    const auto size =
        usprep_prepare(profile(type), wide.data(), wide_size, prepared.data(),
                       static_cast<int32_t>(prepared.size()), USPREP_ALLOW_UNASSIGNED, nullptr, &code);
    if (U_FAILURE(code)) return error{"holds a character that is not allowed"};
    if (has_unassigned(prepared.data(), size)) return error{"holds a character that is not assigned"};
    std::array<char, 3 * prepared.size()> bytes{};
    int32_t bytes_size = 0;
    u_strToUTF8(bytes.data(), static_cast<int32_t>(bytes.size()), &bytes_size, prepared.data(), size, &code);
    if (U_FAILURE(code)) return error{"cannot be normalised"};
    return {in_place_value, bytes.data(), static_cast<std::size_t>(bytes_size)};
}

bool is_printable_ascii(std::string_view text) {
    for (const char c : text)
        if (c < 0x20 || c > 0x7E) return false;  // also bytes >= 0x80 where char is signed
    return true;
}

// RFC 7622 section 3.3.1, and space, which nodeprep forbids.
bool has_forbidden_in_local(std::string_view text) {
    return text.find_first_of("\"&'/:<>@ ") != std::string_view::npos;
}

error named(const char* part, const char* words) { return error{std::string("the ") + part + ' ' + words}; }

result<std::string> normalise_part(std::string_view text, bool is_local) {
    const char* part = is_local ? "localpart" : "resourcepart";
    if (text.empty()) return {in_place_value};
    if (text.size() > max_part_bytes) return named(part, "is longer than 1023 bytes");
    std::string out;
    if (is_printable_ascii(text)) {
        out = is_local ? to_lower(text) : std::string(text);
    } else {
        if (!is_utf8(text)) return named(part, "is not valid UTF-8");
        auto prepared = prepare(text, is_local ? USPREP_RFC3920_NODEPREP : USPREP_RFC3920_RESOURCEPREP);
        if (!prepared) return named(part, prepared.error().text.c_str());
        out = std::move(*prepared);
    }
    if (out.empty()) return named(part, "is empty once normalised");
    if (out.size() > max_part_bytes) return named(part, "is longer than 1023 bytes");
    if (is_local && has_forbidden_in_local(out)) return named(part, "holds a character that is not allowed");
    return {in_place_value, std::move(out)};
}

}  // namespace

result<jid> jid::parse(std::string_view text) {
    const auto slash = text.find('/');  // RFC 7622 section 3.2: first the resource, then the localpart
    const auto bare = text.substr(0, slash);
    std::string_view resource;
    if (slash != std::string_view::npos) {
        resource = text.substr(slash + 1);
        if (resource.empty()) return error{"the resourcepart is empty", slash};
    }
    const auto at = bare.find('@');
    if (at == std::string_view::npos) return make({}, bare, resource);
    if (at == 0) return error{"the localpart is empty", 0};
    return make(bare.substr(0, at), bare.substr(at + 1), resource);
}

result<jid> jid::domain_of(std::string_view text) {
    const auto bare = text.substr(0, text.find('/'));
    return make({}, bare.substr(bare.rfind('@') + 1));  // no domain holds '@'
}

result<jid> jid::make(std::string_view local, std::string_view domain, std::string_view resource) {
    auto local_part = normalise_part(local, true);
    if (!local_part) return local_part.error();
    auto domain_part = domain_to_unicode(domain);
    if (!domain_part) return domain_part.error();
    auto resource_part = normalise_part(resource, false);
    if (!resource_part) return resource_part.error();
    jid out;
    out.local_ = std::move(*local_part);
    out.domain_ = std::move(*domain_part);
    out.resource_ = std::move(*resource_part);
    return out;
}

jid jid::bare() const { return with_resource({}); }

jid jid::with_resource(std::string_view normalised_resource) const {
    jid out;
    out.local_ = local_;
    out.domain_ = domain_;
    out.resource_ = normalised_resource;
    return out;
}

std::string jid::to_string() const {
    std::string out;
    out.reserve(local_.size() + domain_.size() + resource_.size() + 2);
    if (!local_.empty()) out.append(local_).append(1, '@');
    out.append(domain_);
    if (!resource_.empty()) out.append(1, '/').append(resource_);
    return out;
}

}  // namespace stox::xmpp
