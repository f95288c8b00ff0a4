// SPDX-License-Identifier: Apache-2.0
#include "admin/protocol.hpp"

#include <boost/json.hpp>

namespace stox::admin {
namespace {

namespace json = boost::json;

// False when the member is there with another type.
bool read(const json::object& from, std::string_view name, std::string& out) {
    const auto* value = from.if_contains(name);
    if (value == nullptr) return true;
    if (!value->is_string()) return false;
    out = std::string(value->get_string());
    return true;
}

bool read(const json::object& from, std::string_view name, bool& out) {
    const auto* value = from.if_contains(name);
    if (value == nullptr) return true;
    if (!value->is_bool()) return false;
    out = value->get_bool();
    return true;
}

bool read(const json::object& from, std::string_view name, std::uint64_t& out) {
    const auto* value = from.if_contains(name);
    if (value == nullptr) return true;
    if (!value->is_int64() || value->get_int64() < 0) return false;
    out = static_cast<std::uint64_t>(value->get_int64());
    return true;
}

bool read(const json::object& from, std::string_view name, std::vector<std::string>& out) {
    const auto* value = from.if_contains(name);
    if (value == nullptr) return true;
    if (!value->is_array()) return false;
    for (const auto& item : value->get_array()) {
        if (!item.is_string()) return false;
        out.emplace_back(item.get_string());
    }
    return true;
}

}  // namespace

std::string encode(const request& r) {
    json::object out;
    out["command"] = r.command;
    if (!r.addresses.empty()) out["addresses"] = json::array(r.addresses.begin(), r.addresses.end());
    if (!r.conversation.empty()) out["conversation"] = r.conversation;
    if (r.follow) out["follow"] = true;
    if (r.last != 0) out["last"] = static_cast<std::int64_t>(r.last);
    if (!r.domain.empty()) out["domain"] = r.domain;
    return json::serialize(out) + '\n';
}

result<request> decode(std::string_view line) {
    boost::system::error_code ec;
    const auto value = json::parse(json::string_view(line.data(), line.size()), ec);
    if (ec || !value.is_object()) return error{"the request is no JSON object", 0};
    const auto& from = value.get_object();
    request out;
    const bool good = read(from, "command", out.command) && read(from, "addresses", out.addresses) &&
                      read(from, "conversation", out.conversation) && read(from, "follow", out.follow) &&
                      read(from, "last", out.last) && read(from, "domain", out.domain);
    if (!good) return error{"a member of the request has the wrong type", 0};
    if (out.command.empty()) return error{"the request has no command", 0};
    return out;
}

}  // namespace stox::admin
