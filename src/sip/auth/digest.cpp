// SPDX-License-Identifier: Apache-2.0
#include "sip/auth/digest.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace stox::sip {

namespace {

struct algorithm {
    std::string_view name;
    hash function;
    bool session;
};
// Strongest first. Without the parameter it is MD5 (RFC 7616 section 3.3).
constexpr std::array<algorithm, 6> algorithms = {{{"SHA-512-256", hash::sha512_256, false},
                                                  {"SHA-512-256-sess", hash::sha512_256, true},
                                                  {"SHA-256", hash::sha256, false},
                                                  {"SHA-256-sess", hash::sha256, true},
                                                  {"MD5", hash::md5, false},
                                                  {"MD5-sess", hash::md5, true}}};

constexpr std::size_t most_realms = 8;  // of one response

std::optional<std::size_t> rank(std::string_view name) {
    for (std::size_t i = 0; i < algorithms.size(); ++i)
        if (iequals(algorithms[i].name, name)) return i;
    return std::nullopt;
}

std::string nc_text(std::uint32_t count) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out(8, '0');
    for (auto at = out.rbegin(); count != 0; ++at, count >>= 4) *at = digits[count & 15];
    return out;
}

std::string_view parameter_or(const auth_value& value, std::string_view name, std::string_view otherwise) {
    const auto* found = value.parameter(name);
    return found == nullptr ? otherwise : std::string_view(*found);
}

/// Absent is fine (RFC 2069); present, it must list "auth": we do not sign bodies.
bool qop_fits(const auth_value& value) {
    const auto* qop = value.parameter("qop");
    if (qop == nullptr) return true;
    for (const auto token : split(*qop, ','))
        if (iequals(trim(token), "auth")) return true;
    return false;
}

}  // namespace

std::optional<std::string> digest_response(const digest_input& in) {
    const auto at = rank(in.algorithm);
    if (!at) return std::nullopt;
    const auto& how = algorithms[*at];
    const auto h = [&how](const std::string& text) { return to_hex(digest(how.function, text)); };
    std::string a1 = h(in.user + ":" + in.realm + ":" + in.password);
    if (how.session) a1 = h(a1 + ":" + in.nonce + ":" + in.cnonce);
    const std::string a2 = h(in.method + ":" + in.uri);
    if (in.qop.empty()) return h(a1 + ":" + in.nonce + ":" + a2);
    return h(a1 + ":" + in.nonce + ":" + nc_text(in.count) + ":" + in.cnonce + ":" + in.qop + ":" + a2);
}

std::string challenge::realm() const { return std::string(parameter_or(value, "realm", "")); }
std::string challenge::nonce() const { return std::string(parameter_or(value, "nonce", "")); }

std::vector<challenge> strongest_challenges(const message& response) {
    const bool proxy = response.status() == 407;
    std::vector<challenge> best;
    if (!proxy && response.status() != 401) return best;
    for (const auto text : response.all(proxy ? "Proxy-Authenticate" : "WWW-Authenticate")) {
        auto value = auth_value::parse(text);
        if (!value || !iequals(value->scheme, "Digest")) continue;
        if (value->parameter("nonce") == nullptr || value->parameter("realm") == nullptr) continue;
        const auto strength = [](const auth_value& v) { return rank(parameter_or(v, "algorithm", "MD5")); };
        if (!strength(*value) || !qop_fits(*value)) continue;
        challenge one{std::move(*value), proxy};
        const auto same = [&](const challenge& c) { return c.realm() == one.realm(); };
        const auto rival = std::find_if(best.begin(), best.end(), same);
        if (rival != best.end() && *strength(one.value) < *strength(rival->value))
            *rival = std::move(one);
        else if (rival == best.end() && best.size() < most_realms)
            best.push_back(std::move(one));
    }
    return best;
}

std::string credentials_for(const challenge& c, const credentials& who, std::string_view method,
                            std::string_view request_uri, std::string_view cnonce, std::uint32_t count) {
    digest_input in;
    in.count = count;
    in.algorithm = parameter_or(c.value, "algorithm", "MD5");
    in.user = who.user;
    in.password = who.password;
    in.realm = c.realm();
    in.nonce = c.nonce();
    in.method = method;
    in.uri = request_uri;
    if (c.value.parameter("qop") != nullptr) in.qop = "auth";
    in.cnonce = cnonce;

    auth_value out;
    out.scheme = "Digest";
    out.set_parameter("username", in.user);
    out.set_parameter("realm", in.realm);
    out.set_parameter("nonce", in.nonce);
    out.set_parameter("uri", in.uri);
    out.set_parameter("response", digest_response(in).value_or(""));
    if (c.value.parameter("algorithm") != nullptr) out.set_parameter("algorithm", in.algorithm);
    const bool session = to_lower(in.algorithm).ends_with("-sess");
    if (!in.qop.empty()) {
        out.set_parameter("qop", in.qop);
        out.set_parameter("nc", nc_text(in.count));
    }
    if (!in.qop.empty() || session) out.set_parameter("cnonce", in.cnonce);
    if (const auto* opaque = c.value.parameter("opaque")) out.set_parameter("opaque", *opaque);
    return out.to_credentials();
}

}  // namespace stox::sip
