// SPDX-License-Identifier: Apache-2.0
#include "sip/request_rules.hpp"

#include "sip/header/tokens.hpp"
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

/// RFC 3261 section 16.3 item 4: a request that passed here before is a loop, as nothing we send may come
/// back to us. The branch tells of this process, the sent-by also of one before it.
bool passed_here(const message& request, const abilities& can) {
    bool top = true;
    for (const auto text : request.list("Via")) {
        auto one = via::parse(text);
        if (!one) continue;
        // In the top one it was written by ourselves.
        if (std::exchange(top, false)) one->remove_parameter("received");
        const bool marked = !can.branch_mark.empty() && one->branch().starts_with(can.branch_mark);
        if (marked || (can.is_ours && can.is_ours(*one))) return true;
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

std::optional<rejection> judge(const message& request, const abilities& can) {
    if (passed_here(request, can)) return rejection{482, {}, {}};
    // A request for ourselves goes no further, but a gateway's other side counts as a hop; OPTIONS ends here.
    if (max_forwards(request) == 0 && request.method() != "OPTIONS") return rejection{483, {}, {}};
    const std::string method(request.method());
    if (can.methods.count(method) == 0)
        return rejection{is_registered_method(method) ? 405 : 501, {}, {{"Allow", can.allow()}}};
    if (auto refused = judge_extensions(request, can)) return refused;
    return judge_encoding(request);
}

void shorten(message& response, std::size_t size) {
    for (const auto* name : {"Accept-Encoding", "Supported", "Server", "Accept", "Warning"}) {
        if (response.to_bytes().size() <= size) return;
        response.remove(name);
    }
    // A 405 must have it (RFC 3261 section 21.4.6), and a 501 is of no use without.
    if (response.status() == 200 && response.to_bytes().size() > size) response.remove("Allow");
}

}  // namespace stox::sip
