// SPDX-License-Identifier: Apache-2.0
#include "sip/request_rules.hpp"

#include "sip/header/tokens.hpp"
#include "sip/header/via.hpp"
#include "sip/names.hpp"

namespace stox::sip {

namespace {

template <class Texts>
std::string join(const Texts& texts) {
    std::string out;
    for (const auto& text : texts) {
        if (!out.empty()) out += ", ";
        out += text;
    }
    return out;
}

/// RFC 3261 section 16.3: a request that passed here before is a loop, as nothing we send may come back to
/// us.
bool passed_here(const message& request, const abilities& can) {
    for (const auto text : request.list("Via")) {
        const auto one = via::parse(text);
        if (one && one->branch().substr(0, can.branch_mark.size()) == can.branch_mark) return true;
    }
    return false;
}

std::optional<rejection> judge_extensions(const message& request, const abilities& can) {
    std::vector<std::string> unknown;
    for (const auto tag : request.list("Require"))
        if (can.supported.count(std::string(tag)) == 0) unknown.emplace_back(tag);
    if (unknown.empty()) return std::nullopt;
    return rejection{420, {}, {{"Unsupported", join(unknown)}}};
}

std::optional<rejection> judge_encoding(const message& request) {
    for (const auto coding : request.list("Content-Encoding"))
        if (!iequals(coding, "identity"))
            return rejection{415, "Content-Encoding not supported", {{"Accept-Encoding", "identity"}}};
    return std::nullopt;
}

}  // namespace

std::string abilities::allow() const {
    auto all = methods;
    if (all.count("INVITE") != 0) {
        all.insert("ACK");
        all.insert("CANCEL");
    }
    return join(all);
}

rejection method_refused(std::string_view method, const abilities& can) {
    return rejection{is_registered_method(method) ? 405 : 501, {}, {{"Allow", can.allow()}}};
}

std::optional<rejection> judge(const message& request, const abilities& can) {
    if (passed_here(request, can)) return rejection{482, {}, {}};
    // A request for ourselves goes no further, but a gateway's other side counts as a hop; OPTIONS ends here.
    if (max_forwards(request) == 0 && request.method() != "OPTIONS") return rejection{483, {}, {}};
    if (request.method() != "INVITE" && can.methods.count(std::string(request.method())) == 0)
        return method_refused(request.method(), can);
    if (auto refused = judge_extensions(request, can)) return refused;
    return judge_encoding(request);
}

}  // namespace stox::sip
