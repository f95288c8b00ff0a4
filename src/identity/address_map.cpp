// SPDX-License-Identifier: Apache-2.0
#include "identity/address_map.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace stox::identity {
namespace {

// XEP-0106 tables 1 and 2; the backslash is last because it is escaped only where it is ambiguous.
constexpr std::array<std::pair<char, std::string_view>, 10> escapes{{{' ', "20"},
                                                                     {'"', "22"},
                                                                     {'&', "26"},
                                                                     {'\'', "27"},
                                                                     {'/', "2f"},
                                                                     {':', "3a"},
                                                                     {'<', "3c"},
                                                                     {'>', "3e"},
                                                                     {'@', "40"},
                                                                     {'\\', "5c"}}};

// The code of the escape sequence at `at`, "" when there is none.
std::string_view sequence_at(std::string_view text, std::size_t at, bool any_case) {
    if (text[at] != '\\' || at + 3 > text.size()) return {};
    const auto digits = text.substr(at + 1, 2);
    for (const auto& [c, code] : escapes)
        if (digits == code || (any_case && iequals(digits, code))) return code;
    return {};
}

address_error malformed(std::string text) { return {400, "jid-malformed", std::move(text)}; }

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto b = static_cast<unsigned char>(c);
        return b < 0x20 || b == 0x7F;
    });
}

std::ptrdiff_t specials(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char c) {
        return c != '\\' && std::any_of(escapes.begin(), escapes.end(),
                                        [c](const auto& entry) { return entry.first == c; });
    });
}

// A raw (decoded) user and a host as a JID.
mapped<xmpp::jid> make_jid(std::string_view raw, std::string_view host, std::string_view resource) {
    if (!is_utf8(raw) || !is_utf8(resource)) return malformed("the address is not UTF-8");
    if (has_control(raw) || has_control(resource)) return malformed("the address holds control characters");
    // XEP-0106 section 4.1 rule 6: an escaped localpart neither begins nor ends with \20.
    if (!raw.empty() && (raw.front() == ' ' || raw.back() == ' '))
        return address_error{404, "item-not-found", "a user name cannot begin or end with a space"};
    const auto made = xmpp::jid::make(escape_local(raw), host, resource);
    if (!made) return malformed(made.error().text);
    // Normalisation may turn look-alikes (full-width digits) into escape sequences: that would be another
    // user.
    if (specials(unescape_local(made->local())) != specials(raw))
        return malformed("the user name changes its meaning when normalised");
    return *made;
}

mapped<xmpp::jid> jid_from_tel(const sip::uri& uri, std::string_view number_domain) {
    if (number_domain.empty())
        return address_error{404, "item-not-found", "no domain stands for telephone numbers here"};
    const std::string& text = uri.host.empty() ? uri.opaque : uri.host;
    std::string number;
    // RFC 3966 section 5: visual separators do not count in comparisons.
    for (char c : text)
        if (std::string_view("-.()").find(c) == std::string_view::npos) number.push_back(ascii_lower(c));
    if (number.empty()) return malformed("a tel URI without a number");
    if (const auto* context = uri.parameter("phone-context"); context && number.front() != '+')
        number += ";phone-context=" + to_lower(*context);
    return make_jid(number, number_domain, {});
}

mapped<xmpp::jid> jid_from(const sip::uri& uri, std::string_view gr, std::string_view number_domain) {
    if (uri.scheme == "tel") return jid_from_tel(uri, number_domain);
    if (uri.scheme != "sip" && uri.scheme != "sips" && uri.scheme != "im" && uri.scheme != "pres")
        return address_error{416, "jid-malformed", "the URI scheme '" + uri.scheme + "' has no XMPP form"};
    const auto user = sip::percent_decode(uri.user);
    if (!user) return malformed("bad percent-encoding in the user part");
    if (uri.has_user && user->empty()) return malformed("an empty user part");
    const auto resource = sip::percent_decode(gr);
    if (!resource) return malformed("bad percent-encoding in gr");
    const auto domain = xmpp::domain_to_unicode(uri.host);
    if (!domain) return malformed(domain.error().text);
    return make_jid(*user, *domain, *resource);
}

// RFC 3860/3859 mailboxes inside a URI: atext that RFC 3986 lets stand, and single inner dots.
std::string encode_mailbox(std::string_view raw) {
    constexpr std::string_view plain = "!$&'*+-/=_~";
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const char c = raw[i];
        const bool inner_dot =
            c == '.' && i > 0 && i + 1 < raw.size() && raw[i - 1] != '.' && raw[i + 1] != '.';
        if (is_alnum(c) || inner_dot || plain.find(c) != std::string_view::npos) {
            out.push_back(c);
        } else {
            const auto b = static_cast<unsigned char>(c);
            out += {'%', hex[b >> 4U], hex[b & 0xFU]};
        }
    }
    return out;
}

std::string_view scheme_name(uri_scheme scheme) {
    switch (scheme) {
        case uri_scheme::sips:
            return "sips";
        case uri_scheme::im:
            return "im";
        case uri_scheme::pres:
            return "pres";
        case uri_scheme::sip:
            break;
    }
    return "sip";
}

// The parts of "user@domain" with the last '@' as the border: a domain holds none, a raw user may.
struct inner_address {
    std::string user, domain;
};
mapped<inner_address> split_guest(const std::string& raw) {
    const auto at = raw.rfind('@');
    if (at == std::string::npos || at == 0 || at + 1 == raw.size())
        return address_error{404, "item-not-found", "no address of the form user@domain in the user part"};
    const auto domain = xmpp::domain_to_ascii(std::string_view(raw).substr(at + 1));
    if (!domain) return malformed(domain.error().text);
    return inner_address{raw.substr(0, at), *domain};
}

}  // namespace

void throw_exception_from_error(const address_error& e, const boost::source_location&) {
    throw std::runtime_error(e.text);
}

std::string escape_local(std::string_view raw) {
    std::string out;
    out.reserve(raw.size() + 8);
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const char c = raw[i];
        if (c == '\\') {
            // Any case: nodeprep folds "\2F" to "\2f" afterwards.
            out += sequence_at(raw, i, true).empty() ? "\\" : "\\5c";
            continue;
        }
        const auto* entry = std::find_if(escapes.begin(), escapes.end(),
                                         [c](const auto& candidate) { return candidate.first == c; });
        if (entry == escapes.end()) {
            out.push_back(c);
        } else {
            out.push_back('\\');
            out += entry->second;
        }
    }
    return out;
}

std::string unescape_local(std::string_view local) {
    std::string out;
    out.reserve(local.size());
    for (std::size_t i = 0; i < local.size(); ++i) {
        const auto code = sequence_at(local, i, false);
        if (code.empty()) {
            out.push_back(local[i]);
            continue;
        }
        for (const auto& [c, known] : escapes)
            if (known == code) out.push_back(c);
        i += 2;
    }
    return out;
}

mapped<xmpp::jid> jid_from_uri(const sip::uri& uri, std::string_view number_domain) {
    const auto* gr = uri.parameter("gr");
    return jid_from(uri, gr ? std::string_view(*gr) : std::string_view{}, number_domain);
}

mapped<xmpp::jid> jid_from_address(const sip::name_addr& address, std::string_view number_domain) {
    const auto* gr = address.address.parameter("gr");
    if (!gr) gr = address.parameter("gr");
    return jid_from(address.address, gr ? std::string_view(*gr) : std::string_view{}, number_domain);
}

mapped<sip::uri> uri_from_jid(const xmpp::jid& address, uri_scheme scheme) {
    const std::string raw = unescape_local(address.local());
    if (escape_local(raw) != address.local())
        return malformed("the localpart is not in the canonical form of XEP-0106");
    if (!raw.empty() && (raw.front() == ' ' || raw.back() == ' '))
        return malformed("an escaped localpart cannot begin or end with a space");
    const auto host = xmpp::domain_to_ascii(address.domain());
    if (!host) return malformed(host.error().text);

    const bool mailbox = scheme == uri_scheme::im || scheme == uri_scheme::pres;
    sip::uri out;
    out.scheme = scheme_name(scheme);
    out.has_user = !raw.empty();
    out.user = mailbox ? encode_mailbox(raw) : sip::encode_user(raw);
    out.host = *host;
    if (!address.resource().empty()) out.set_parameter("gr", sip::encode_parameter(address.resource()));
    return out;
}

mapped<xmpp::jid> guest_jid(const xmpp::jid& original, std::string_view gateway_domain) {
    if (original.local().empty()) return malformed("a domain has no guest form");
    const auto domain = xmpp::domain_to_ascii(original.domain());
    if (!domain) return malformed(domain.error().text);
    return make_jid(unescape_local(original.local()) + "@" + *domain, gateway_domain, original.resource());
}

mapped<sip::uri> guest_uri(const sip::uri& original, std::string_view gateway_domain) {
    if (!original.has_user) return malformed("a domain has no guest form");
    const auto user = sip::percent_decode(original.user);
    if (!user) return malformed("bad percent-encoding in the user part");
    sip::uri out;
    out.scheme = "sip";
    out.has_user = true;
    out.user = sip::encode_user(*user + "@" + original.host);
    out.host = to_lower(gateway_domain);
    if (const auto* gr = original.parameter("gr"); gr && !gr->empty()) out.set_parameter("gr", *gr);
    return out;
}

mapped<xmpp::jid> original_of_guest(const xmpp::jid& guest) {
    const auto inner = split_guest(unescape_local(guest.local()));
    if (!inner) return inner.error();
    const auto domain = xmpp::domain_to_unicode(inner->domain);
    if (!domain) return malformed(domain.error().text);
    return make_jid(inner->user, *domain, guest.resource());
}

mapped<sip::uri> original_of_guest(const sip::uri& guest) {
    const auto raw = sip::percent_decode(guest.user);
    if (!raw) return malformed("bad percent-encoding in the user part");
    if (!is_utf8(*raw) || has_control(*raw)) return malformed("the user part is not readable text");
    const auto inner = split_guest(*raw);
    if (!inner) return inner.error();
    sip::uri out;
    out.scheme = "sip";
    out.has_user = true;
    out.user = sip::encode_user(inner->user);
    out.host = inner->domain;
    if (const auto* gr = guest.parameter("gr"); gr && !gr->empty()) out.set_parameter("gr", *gr);
    return out;
}

std::string device_token(std::string_view node_key, std::string_view contact_or_instance) {
    // 20 base32 letters are 100 bits: enough that two devices never meet.
    return "sip-" + to_base32(hmac_sha256(node_key, contact_or_instance)).substr(0, 20);
}

}  // namespace stox::identity
