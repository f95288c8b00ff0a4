// SPDX-License-Identifier: Apache-2.0
// The command line of stox: asks the running stoxd over its control socket and prints the answer.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "admin/protocol.hpp"
#include "stox/client.hpp"
#include "stox/render.hpp"

namespace {

using stox::admin::request;

constexpr int exit_good = 0;
constexpr int exit_problem_found = 1;  // by `check`
constexpr int exit_not_done = 2;       // wrong usage, no daemon, refused

struct arguments {
    std::string socket = stox::admin::default_socket;
    request asked;
    bool json = false;
    bool all = false;
    bool text = false;
};

void show(std::string_view words) {
    std::fwrite(words.data(), 1, words.size(), stdout);
    std::fflush(stdout);
}

void add_trace(CLI::App& app, arguments& a) {
    auto* trace = app.add_subcommand("trace", "Show what happened, SIP and XMPP on one time line");
    trace->add_option(
        "ADDRESS", a.asked.addresses,
        "Only conversations of this user (juliet@xmpp.example) or of any user of this domain; two "
        "addresses: the conversations between them");
    trace->add_option("--conversation", a.asked.conversation,
                      "Only the conversation with this id (see sessions)");
    trace->add_flag("--all", a.all,
                    "Everything, also what belongs to no conversation (the default without ADDRESS)");
    trace->add_flag("-f,--follow", a.asked.follow, "Go on with what happens from now, until interrupted");
    trace->add_option("-n,--last", a.asked.last, "Only the last N events of the past")->type_name("N");
    trace->add_flag("-t,--text", a.text, "Also the messages themselves, redacted as the configuration says");
    trace->footer(
        "One line an event: time (UTC), leg, <- received or -> sent, peer, summary.\n"
        "Events stay as long as the ring has room ([trace] in stoxd.toml).");
}

void define(CLI::App& app, arguments& a) {
    app.require_subcommand(1);
    app.fallthrough();
    app.set_version_flag("--version", STOX_VERSION);
    app.add_option("--control", a.socket, "Control socket of stoxd")
        ->capture_default_str()
        ->type_name("SOCKET");
    app.add_flag("--json", a.json, "Print the daemon's JSON lines as they come");
    app.add_subcommand("status", "Ports, domains, streams, certificates, limits in force and counters");
    app.add_subcommand("sessions", "Conversations of the last ten minutes");
    add_trace(app, a);
    auto* check = app.add_subcommand(
        "check",
        "What works for a domain and what is missing, for each direction: DNS, reachability, certificates");
    check->add_option("DOMAIN", a.asked.domain, "The domain")->required();
    check->footer(
        "ok, note, warn or missing in front of each line; exit status 1 when something is missing.");
    app.add_subcommand("metrics", "Counters in the Prometheus text format");
    app.add_subcommand("reload", "Read configuration and certificates again, as SIGHUP does");
    app.footer(
        "Exit status: 0 done, 1 check found something missing, 2 wrong usage or no answer from stoxd.");
}

// How the lines of each command are shown.
std::function<std::string(std::string_view)> printer_for(const arguments& a, bool& problem) {
    if (a.asked.command == "trace") {
        auto printer = std::make_shared<stox::cli::trace_printer>(a.text);
        return [printer](std::string_view line) { return printer->print(line); };
    }
    if (a.asked.command == "check")
        return [&problem](std::string_view line) { return stox::cli::print_finding(line, problem); };
    if (a.asked.command == "sessions") return stox::cli::print_session;
    if (a.asked.command == "status") return stox::cli::print_outline;
    return stox::cli::print_text;
}

int run(arguments& a) {
    if (a.all) a.asked.addresses.clear();
    bool problem = false, any = false;
    const auto print = printer_for(a, problem);
    const auto outcome = stox::cli::ask(a.socket, a.asked, [&](std::string_view line) {
        std::string text = print(line);  // also with --json: it finds the problems
        if (a.json) {
            text = line;
            text += '\n';
        } else if (!any && a.asked.command == "sessions") {
            show(stox::cli::sessions_title());
        }
        any = true;
        show(text);
        return std::ferror(stdout) == 0;
    });
    if (!outcome) {
        std::fprintf(stderr, "stox: %s\n", outcome.error().text.c_str());
        return exit_not_done;
    }
    if (!any && !a.json && a.asked.command == "sessions") show("no conversations\n");
    if (!any && !a.json && a.asked.command == "trace") show("nothing recorded\n");
    return problem ? exit_problem_found : exit_good;
}

}  // namespace

int main(int argc, char** argv) {
    arguments a;
    CLI::App app("Ask the running stoxd, the gateway between SIP and XMPP.", "stox");
    define(app, a);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? exit_good : exit_not_done;
    }
    a.asked.command = app.get_subcommands().front()->get_name();
    return run(a);
}
