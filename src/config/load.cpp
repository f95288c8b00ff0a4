// SPDX-License-Identifier: Apache-2.0
// Walks the tree of a configuration file along the schema and gathers every problem, not only the first.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "config/config.hpp"
#include "config/schema.hpp"
#include "config/words.hpp"

namespace stox::config {
namespace {

constexpr std::size_t most_file_bytes = 1U << 20U;

class walk {
  public:
    walk(std::string_view file, config& out) : file_(file), out_(out) {}

    void top(const setting& root);
    bool good() const { return problems_.empty(); }
    /// Only when not good().
    error problems();
    void say(std::size_t line, std::string what);

  private:
    /// The keys of one table, each at most once; `shown` is the table as messages name it.
    void fields(const setting& s, std::string_view table, const std::string& shown, target& t);
    void unknown(const setting& s, std::string_view table, const std::string& shown, const std::string& name);
    void routes(const setting& s);
    void peers(const setting& s);
    void component_table(const setting& s);
    bool is_table(const setting& s, const std::string& shown);
    void consistent();

    std::string_view file_;
    config& out_;
    std::vector<std::pair<std::size_t, std::string>> problems_;  // line, what
};

std::string dotted(const std::string& table, std::string_view name) {
    return table.empty() ? std::string(name) : table + '.' + std::string(name);
}

bool is_known_table(std::string_view name) {
    return std::any_of(keys().begin(), keys().end(),
                       [&](const key& k) { return !k.table.empty() && k.table == name; });
}

void walk::say(std::size_t line, std::string what) { problems_.emplace_back(line, std::move(what)); }

// In the order of the file; toml++ sorts keys by name.
error walk::problems() {
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    error out{"", problems_.front().first};
    for (const auto& [line, what] : problems_) {
        if (!out.text.empty()) out.text += '\n';
        out.text += file_;
        out.text += ':' + std::to_string(line) + ": " + what;
    }
    return out;
}

bool walk::is_table(const setting& s, const std::string& shown) {
    if (s.is == setting::kind::table) return true;
    say(s.line, "`" + shown + "` must be a table: [" + shown + "]");
    return false;
}

void walk::unknown(const setting& s, std::string_view table, const std::string& shown,
                   const std::string& name) {
    std::vector<std::string> candidates;
    for (const auto& k : keys())
        if (k.table == table) candidates.emplace_back(k.name);
    if (table.empty())
        candidates.insert(candidates.end(), {"route", "component", "sip", "xmpp", "limits", "log", "metrics",
                                             "message", "trace"});
    if (table == "sip") candidates.emplace_back("peer");
    std::string text = "there is no key `" + dotted(shown, name) + "`";
    if (const auto near = nearest(name, candidates); !near.empty()) {
        text += "; did you mean `" + dotted(shown, near) + "`?";
    } else {
        // Perhaps the right key in the wrong table.
        for (const auto& k : keys())
            if (k.name == name) {
                text += "; did you mean `" + path_of(k) + "`?";
                break;
            }
    }
    say(s.line, text);
}

void walk::fields(const setting& s, std::string_view table, const std::string& shown, target& t) {
    for (const auto& [name, value] : s.fields) {
        if (table == "sip" && name == "peer") continue;
        const auto found = std::find_if(keys().begin(), keys().end(),
                                        [&](const key& k) { return k.table == table && k.name == name; });
        if (found == keys().end()) {
            unknown(value, table, shown, name);
            continue;
        }
        field_reader in(value);
        found->read(in, t);
        if (!in.problem().empty()) say(value.line, "`" + dotted(shown, name) + "`: " + in.problem());
    }
}

void walk::routes(const setting& s) {
    if (!is_table(s, "route")) return;
    for (const auto& [name, value] : s.fields) {
        const std::string shown = "route.\"" + name + "\"";
        const auto domain = to_domain(name);
        if (!domain) {
            say(value.line, "`" + shown + "`: no domain name; write [route.\"example.com\"]");
            continue;
        }
        if (!is_table(value, shown)) continue;
        route one;
        target t{&out_, &one, nullptr};
        const auto before = problems_.size();
        fields(value, "route.DOMAIN", shown, t);
        if (problems_.size() == before && !one.sip && !one.xmpp)
            say(value.line, "`" + shown + "` needs `sip` or `xmpp`");
        if (!out_.routes.emplace(*domain, one).second) say(value.line, "`" + shown + "` stands there twice");
    }
}

void walk::peers(const setting& s) {
    if (s.is != setting::kind::list) {
        say(s.line, "`sip.peer` must be written as [[sip.peer]]");
        return;
    }
    for (const auto& item : s.items) {
        const std::string shown = "sip.peer[" + std::to_string(out_.sip.peers.size() + 1) + "]";
        if (!is_table(item, shown)) continue;
        sip_peer one;
        target t{&out_, nullptr, &one};
        const auto before = problems_.size();
        fields(item, "sip.peer", shown, t);
        if (problems_.size() == before) {
            if (one.address.empty()) say(item.line, "`" + shown + "` needs `address`");
            if (one.domain.empty()) say(item.line, "`" + shown + "` needs `domain`");
            if (!one.password.empty() && one.user.empty())
                say(item.line, "`" + shown + "` has a password without `user`");
            for (const auto& other : out_.sip.peers)
                if (other.address == one.address)
                    say(item.line, "`" + shown + "`: " + one.address + " stands there twice");
        }
        out_.sip.peers.push_back(std::move(one));
    }
}

void walk::component_table(const setting& s) {
    if (!is_table(s, "component")) return;
    out_.component.emplace();
    target t{&out_};
    const auto before = problems_.size();
    fields(s, "component", "component", t);
    if (problems_.size() != before) return;
    if (out_.component->domain.empty()) say(s.line, "`component` needs `domain`");
    if (out_.component->secret.empty()) say(s.line, "`component` needs `secret`");
}

void walk::top(const setting& root) {
    target t{&out_};
    setting plain;
    for (const auto& [name, value] : root.fields) {
        if (name == "route") {
            routes(value);
        } else if (name == "component") {
            component_table(value);
        } else if (is_known_table(name)) {
            if (!is_table(value, name)) continue;
            fields(value, name, name, t);
            for (const auto& [inner, list] : value.fields)
                if (name == "sip" && inner == "peer") peers(list);
        } else {
            plain.fields.push_back(named_setting{name, value});
        }
    }
    fields(plain, "", "", t);
    consistent();
}

// What no key alone can tell.
void walk::consistent() {
    if (!good()) return;
    if (out_.sip.tcp_port != 0 && out_.sip.tcp_port == out_.sip.tls_port)
        say(0, "`sip.tcp_port` and `sip.tls_port` are the same");
    if (out_.xmpp.tcp_port != 0 && out_.xmpp.tcp_port == out_.xmpp.tls_port)
        say(0, "`xmpp.tcp_port` and `xmpp.tls_port` are the same");
    if (out_.limits.sender_message_burst < out_.limits.sender_messages_per_second)
        say(0, "`limits.sender_message_burst` is less than `limits.sender_messages_per_second`");
}

}  // namespace

result<config> parse(std::string_view text, std::string_view file_name) {
    auto tree = parse_toml(text);
    config out;
    walk w(file_name, out);
    if (!tree) {
        w.say(tree.error().offset, tree.error().text);
        return w.problems();
    }
    w.top(*tree);
    if (!w.good()) return w.problems();
    return out;
}

result<config> load(const std::filesystem::path& file, bool must_exist) {
    std::error_code ec;
    const bool exists = std::filesystem::exists(file, ec);
    if (!exists && !ec && !must_exist) return config{};
    if (!exists) return error{file.string() + ": " + (ec ? ec.message() : "no such file"), 0};
    // Read to a limit rather than asked for its size: a pipe or /dev/null has none.
    std::ifstream in(file, std::ios::binary);
    std::string text(most_file_bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in && !in.eof()) return error{file.string() + ": cannot be read; is it readable for this user?", 0};
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > most_file_bytes) return error{file.string() + ": larger than 1 MiB", 0};
    return parse(text, file.string());
}

}  // namespace stox::config
