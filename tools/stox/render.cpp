// SPDX-License-Identifier: Apache-2.0
#include "stox/render.hpp"

#include <boost/json.hpp>
#include <vector>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace stox::cli {
namespace {

namespace json = boost::json;

json::object object_of(std::string_view line) {
    boost::system::error_code ec;
    auto value = json::parse(json::string_view(line.data(), line.size()), ec);
    if (ec || !value.is_object()) return {};
    return std::move(value.get_object());
}

std::string text_of(const json::object& o, std::string_view name) {
    const auto* value = o.if_contains(name);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(value->get_string());
    return json::serialize(*value);
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string_view arrow_of(std::string_view direction) {
    if (direction == "in") return "<-";
    if (direction == "out") return "->";
    return "--";
}

std::string leg_of(std::string_view leg) {
    if (leg == "sip") return "SIP ";
    if (leg == "xmpp") return "XMPP";
    return "stox";
}

std::string indented_text(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        out += "                        " + harmless(line) + '\n';
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return out;
}

std::string duration_text(std::int64_t total) {
    if (total < 60) return std::to_string(total) + " s";
    if (total < 3600) return std::to_string(total / 60) + " min";
    return std::to_string(total / 3600) + " h";
}

void outline(std::string& out, const json::value& v, std::size_t depth);

std::string scalar(const json::value& v) {
    if (v.is_string()) return harmless(std::string_view(v.get_string()));
    if (v.is_bool()) return v.get_bool() ? "yes" : "no";
    return harmless(json::serialize(v));
}

bool is_nested(const json::value& v) { return v.is_object() || v.is_array(); }

void outline_object(std::string& out, const json::object& o, std::size_t depth) {
    std::size_t width = 0;
    for (const auto& [key, value] : o)
        if (!is_nested(value)) width = std::max(width, key.size());
    for (const auto& [key, value] : o) {
        std::string name = harmless(std::string_view(key));
        for (auto& c : name)
            if (c == '_') c = ' ';
        out.append(depth * 2, ' ');
        if (!is_nested(value)) {
            out += padded(name + ':', width + 2) + scalar(value) + '\n';
        } else if (value.is_array() && value.get_array().empty()) {
            out += name + ": none\n";
        } else {
            out += name + ":\n";
            outline(out, value, depth + 1);
        }
    }
}

// Each object of a list on one line when it holds only plain values.
std::string one_line(const json::object& o) {
    std::string out;
    for (const auto& [key, value] : o) {
        if (is_nested(value)) return {};
        out += (out.empty() ? "" : "  ") + harmless(std::string_view(key)) + ' ' + scalar(value);
    }
    return out;
}

void outline(std::string& out, const json::value& v, std::size_t depth) {
    if (v.is_object()) {
        outline_object(out, v.get_object(), depth);
        return;
    }
    for (const auto& item : v.get_array()) {
        if (!is_nested(item)) {
            out += std::string(depth * 2, ' ') + scalar(item) + '\n';
            continue;
        }
        const std::string flat = item.is_object() ? one_line(item.get_object()) : std::string();
        if (!flat.empty())
            out += std::string(depth * 2, ' ') + flat + '\n';
        else
            outline(out, item, depth + 1);
    }
}

}  // namespace

closing closing_of(std::string_view line) {
    closing out;
    // Cheap first: only short objects that begin like the two closing lines are parsed.
    if (!line.starts_with("{\"end\"") && !line.starts_with("{\"error\"")) return out;
    const auto o = object_of(line);
    out.ended = o.contains("end");
    out.failed = o.contains("error");
    if (out.failed) out.words = harmless(text_of(o, "error"));
    return out;
}

std::string harmless(std::string_view text) {
    const std::string valid = to_xml_text(text);
    std::string out;
    for (std::size_t i = 0; i < valid.size(); ++i) {
        const auto c = static_cast<unsigned char>(valid[i]);
        const bool c1 = c == 0xC2 && i + 1 < valid.size() && static_cast<unsigned char>(valid[i + 1]) < 0xA0;
        if (c == '\t') {
            out += ' ';
        } else if (c < 0x20 || c == 0x7F || c1) {
            out += "\xEF\xBF\xBD";
            if (c1) ++i;
        } else {
            out += valid[i];
        }
    }
    return out;
}

std::string trace_printer::print(std::string_view line) {
    const auto o = object_of(line);
    if (const auto* dropped = o.if_contains("dropped"))
        return "              ... " + json::serialize(*dropped) +
               " events left out: this reader was too slow\n";
    const std::string at = harmless(text_of(o, "at"));
    const std::string conversation = harmless(text_of(o, "conversation"));
    std::string out;
    if (at.substr(0, 10) != day_ || conversation != conversation_ || first_) {
        day_ = at.substr(0, 10);
        conversation_ = conversation;
        if (!first_) out += '\n';
        out += day_ + " UTC  " + (conversation.empty() ? "no conversation" : "conversation " + conversation) +
               '\n';
        first_ = false;
    }
    const std::string direction = text_of(o, "direction");
    out += (at.size() >= 23 ? at.substr(11, 12) : at) + "  " + leg_of(text_of(o, "leg")) + ' ';
    out += arrow_of(direction);
    out += ' ' + padded(harmless(text_of(o, "peer")), 28) + "  " + harmless(text_of(o, "summary")) + '\n';
    if (with_text_) out += indented_text(text_of(o, "text"));
    return out;
}

std::string print_finding(std::string_view line, bool& problem) {
    const auto o = object_of(line);
    const std::string level = text_of(o, "level");
    if (level == "missing") problem = true;
    return padded(harmless(level), 8) + ' ' + padded(harmless(text_of(o, "direction")), 12) + "  " +
           harmless(text_of(o, "text")) + '\n';
}

std::string sessions_title() {
    return padded("CONVERSATION", 13) + padded("SINCE (UTC)", 21) + padded("IDLE", 8) + padded("EVENTS", 8) +
           "BETWEEN\n";
}

std::string print_session(std::string_view line) {
    const auto o = object_of(line);
    std::int64_t idle = 0;
    if (const auto* value = o.if_contains("idle_seconds"); value != nullptr && value->is_int64())
        idle = value->get_int64();
    std::string since = harmless(text_of(o, "since")).substr(0, 19);
    for (auto& c : since)
        if (c == 'T') c = ' ';
    return padded(harmless(text_of(o, "id")), 13) + padded(since, 21) + padded(duration_text(idle), 8) +
           padded(text_of(o, "events"), 8) + harmless(text_of(o, "a")) + "  " + harmless(text_of(o, "b")) +
           '\n';
}

std::string print_outline(std::string_view line) {
    std::string out;
    outline_object(out, object_of(line), 0);
    return out;
}

std::string print_text(std::string_view line) {
    const auto o = object_of(line);
    const std::string text(text_of(o, "text"));
    std::string out;
    for (const auto part : split(text, '\n')) out += (out.empty() ? "" : "\n") + harmless(part);
    if (!out.ends_with('\n')) out += '\n';
    return out;
}

}  // namespace stox::cli
