// SPDX-License-Identifier: Apache-2.0
#include "observe/log.hpp"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace stox::log {
namespace {

constexpr std::size_t queue_slots = 2048;

std::atomic<level> least_level{level::info};
std::shared_ptr<spdlog::logger> logger;
std::shared_ptr<spdlog::details::thread_pool> pool;
std::atomic<std::size_t> dropped_said{0};

spdlog::level::level_enum to_spdlog(level l) {
    switch (l) {
        case level::debug:
            return spdlog::level::debug;
        case level::info:
            return spdlog::level::info;
        case level::warn:
            return spdlog::level::warn;
        case level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

bool needs_quotes(std::string_view value) {
    return value.empty() || value.find_first_of(" \t\"=\r\n\\") != std::string_view::npos;
}

// A value is always one token on one line, whatever a peer put into it.
void append_value(std::string& out, std::string_view value) {
    if (!needs_quotes(value)) {
        out += value;
        return;
    }
    out += '"';
    for (char c : value) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            out += '?';
        } else {
            out += c;
        }
    }
    out += '"';
}

// systemd.exec(5): the variable is inherited by whatever a service starts; only the numbers tell whether our
// own stderr is still the journal.
bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat s {};
    return stream != nullptr && fstat(STDERR_FILENO, &s) == 0 && names_stream(stream, s.st_dev, s.st_ino);
}

std::shared_ptr<spdlog::sinks::sink> make_sink() {
    if (stderr_is_journal()) {
        auto sink = std::make_shared<spdlog::sinks::systemd_sink_mt>("stoxd", true);
        sink->set_pattern("%v");
        return sink;
    }
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                                    spdlog::pattern_time_type::utc));
    return sink;
}

}  // namespace

bool names_stream(std::string_view variable, std::uint64_t device, std::uint64_t inode) {
    return variable == std::to_string(device) + ':' + std::to_string(inode);
}

void start(level least) {
    least_level = least;
    pool = std::make_shared<spdlog::details::thread_pool>(queue_slots, 1);
    logger = std::make_shared<spdlog::async_logger>("stoxd", make_sink(), pool,
                                                    spdlog::async_overflow_policy::overrun_oldest);
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::info);
}

void stop() {
    if (!logger) return;
    logger->flush();
    logger.reset();
    pool.reset();
}

void set_level(level least) { least_level = least; }
bool enabled(level l) { return l >= least_level.load(std::memory_order_relaxed); }

void write(level l, std::string_view event, fields f) {
    if (!enabled(l)) return;
    std::string line(event);
    for (const auto& [key, value] : f) {
        line += ' ';
        line += key;
        line += '=';
        append_value(line, value);
    }
    if (!logger) {
        spdlog::stderr_logger_st("stoxd-early")->log(to_spdlog(l), line);
        spdlog::drop("stoxd-early");
        return;
    }
    const std::size_t dropped = pool->overrun_counter();
    if (dropped != dropped_said.exchange(dropped)) line += " log_lines_dropped=" + std::to_string(dropped);
    logger->log(to_spdlog(l), line);
}

}  // namespace stox::log
