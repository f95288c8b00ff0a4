// SPDX-License-Identifier: Apache-2.0
#include "admin/commands.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <memory>

#include "admin/json_lines.hpp"
#include "admin/trace.hpp"
#include "base/text.hpp"
#include "observe/metrics.hpp"
#include "runtime/deadline.hpp"

namespace stox::admin {
namespace {

namespace json = boost::json;

// A check asks DNS and connects to servers; each of those has its own shorter deadline.
constexpr seconds check_limit{60};
constexpr seconds reload_limit{60};

std::string_view word_of(level l) {
    switch (l) {
        case level::ok:
            return "ok";
        case level::note:
            return "note";
        case level::warn:
            return "warn";
        case level::missing:
            return "missing";
    }
    return "";
}

std::string sessions_lines(const sources& from) {
    std::string out;
    const auto now = steady_clock::now();
    from.conversations->for_each([&](const observe::conversation_ids::conversation& c) {
        json::object line;
        line["id"] = c.id;
        line["a"] = clean(c.a);
        line["b"] = clean(c.b);
        line["since"] = iso_time(c.began);
        line["idle_seconds"] = std::chrono::duration_cast<seconds>(now - c.last).count();
        line["events"] = c.events;
        out += json::serialize(line) + '\n';
    });
    return out;
}

awaitable<void> run_check(std::string domain, const sources& from, line_sink& sink) {
    std::string lines;
    auto until = steady_clock::now() + check_limit;
    auto checking = from.check(std::move(domain));
    const auto findings = co_await with_deadline(until, std::move(checking));
    if (!findings) {
        lines = error_line("the check took more than a minute");
    } else {
        for (const auto& f : *findings) {
            json::object line;
            line["level"] = word_of(f.how);
            line["direction"] = clean(f.direction);
            line["text"] = clean(f.text);
            lines += json::serialize(line) + '\n';
        }
        lines += end_line();
    }
    co_await sink.write(std::move(lines));
}

awaitable<void> run_reload(const sources& from, line_sink& sink) {
    std::string lines;
    auto until = steady_clock::now() + reload_limit;
    auto reloading = from.reload();
    const auto outcome = co_await with_deadline(until, std::move(reloading));
    if (!outcome) {
        lines = error_line("the reload took more than a minute");
    } else {
        for (const auto& text : outcome->lines) {
            json::object line;
            line["done"] = outcome->done;
            line["text"] = clean(text);
            lines += json::serialize(line) + '\n';
        }
        lines += outcome->done ? end_line() : error_line("not reloaded; the configuration of before stays");
    }
    co_await sink.write(std::move(lines));
}

// The commands whose answer is there at once; "" for others.
std::string immediate(const request& r, const sources& from) {
    if (r.command == "status" && from.status) return json::serialize(from.status()) + '\n' + end_line();
    if (r.command == "sessions" && from.conversations != nullptr) return sessions_lines(from) + end_line();
    if (r.command == "metrics") {
        json::object line;
        line["text"] = metrics::text();
        return json::serialize(line) + '\n' + end_line();
    }
    return {};
}

bool is_command(std::string_view word) {
    for (const std::string_view known : {"status", "sessions", "trace", "check", "metrics", "reload"})
        if (word == known) return true;
    return false;
}

}  // namespace

awaitable<void> answer(std::string line, const sources& from, line_sink& sink) {
    std::string out;
    auto r = decode(line);
    if (!r) {
        out = error_line(r.error().text);
    } else if (r->command == "trace" && from.journal != nullptr && from.conversations != nullptr) {
        co_await trace(std::move(*r), *from.journal, *from.conversations, sink);
        co_return;
    } else if (r->command == "check" && r->domain.empty()) {
        out = error_line("check needs a domain");
    } else if (r->command == "check" && from.check) {
        co_await run_check(std::move(r->domain), from, sink);
        co_return;
    } else if (r->command == "reload" && from.reload) {
        co_await run_reload(from, sink);
        co_return;
    } else {
        out = immediate(*r, from);
        if (out.empty())
            out = error_line(is_command(r->command) ? "this command is not available here"
                                                    : "there is no command \"" + clean(r->command) + '"');
    }
    co_await sink.write(std::move(out));
}

}  // namespace stox::admin
