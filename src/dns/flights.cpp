// SPDX-License-Identifier: Apache-2.0
#include "dns/flights.hpp"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "observe/log.hpp"

namespace stox::dns {
namespace {

constexpr std::size_t max_with_servers = 256;
constexpr std::size_t max_waiting = 4096;
constexpr std::size_t max_cached = 10'000;
constexpr std::size_t max_cached_bytes = 16U << 20U;
constexpr seconds look_interval{1};
// As long as a flight that was started in this time may take to prove the silence again, nearly.
constexpr seconds silence_kept{5};

// Changes whenever the file does; "" when there is none.
std::string file_state(const std::string& path) {
    struct stat s {};
    if (stat(path.c_str(), &s) != 0) return "";
    return std::to_string(s.st_ino) + '/' + std::to_string(s.st_size) + '/' +
           std::to_string(s.st_mtim.tv_sec) + '.' + std::to_string(s.st_mtim.tv_nsec);
}

std::string text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

flights::flights(executor ex, std::string servers, std::string resolv_conf)
    : known(max_cached, max_cached_bytes),
      executor_(std::move(ex)),
      fixed_servers_(std::move(servers)),
      resolv_conf_(std::move(resolv_conf)) {
    if (fixed_servers_.empty()) return;
    const name_servers parsed = parse_server_list(fixed_servers_);
    channel_ = std::make_shared<channel>(executor_, parsed);
    believes_ad_ = believes_ad(parsed);
}

// A query keeps its channel and the channel keeps the query: the circle is opened here.
flights::~flights() {
    for (const auto& [q, f] : all_) f->via.reset();
}

void flights::follow_resolv_conf() {
    const auto now = steady_clock::now();
    if (!fixed_servers_.empty() || (channel_ && now < looked_at_ + look_interval)) return;
    looked_at_ = now;
    std::string state = file_state(resolv_conf_);
    if (channel_ && state == seen_file_) return;
    seen_file_ = std::move(state);
    const name_servers parsed = parse_resolv_conf(text_of(resolv_conf_));
    try {
        channel_ = std::make_shared<channel>(executor_, parsed);
    } catch (const std::exception& e) {
        log::error("dns.servers", {{"file", resolv_conf_}, {"reason", e.what()}});
        return;  // the servers of before stay
    }
    believes_ad_ = believes_ad(parsed);
    for (const auto& text : parsed.unusable)
        log::warn("dns.server_unusable", {{"file", resolv_conf_}, {"nameserver", text}});
    std::string list;
    for (const auto& s : parsed.servers) list += (list.empty() ? "" : ",") + net::to_string(s);
    log::info("dns.servers", {{"servers", list}, {"ad", believes_ad_ ? "believed" : "ignored"}});
}

std::shared_ptr<flight> flights::start(const question& q) {
    if (const auto found = all_.find(q); found != all_.end()) return found->second;
    if (with_servers_ >= max_with_servers && waiting_.size() >= max_waiting) return nullptr;
    follow_resolv_conf();
    if (!channel_) return nullptr;
    auto f = std::make_shared<flight>(executor_);
    all_.emplace(q, f);
    if (with_servers_ >= max_with_servers)
        waiting_.emplace_back(q, f);
    else
        take_off(q, f);
    return f;
}

void flights::take_off(const question& q, const std::shared_ptr<flight>& f) {
    ++with_servers_;
    asked_.add();
    f->via = channel_;
    f->authentic_counts = believes_ad_;
    f->generation = generation_;
    f->began = steady_clock::now();
    f->via->ask(q, [weak = weak_from_this(), q, f](const channel::ending& how) {
        if (const auto self = weak.lock()) self->landed(q, f, how);
    });
}

void flights::note_silence(const flight& f, steady_time now) {
    if (f.began == steady_time{} || heard_at_ >= f.began) return;
    if (!silent(now)) log::warn("dns.silent", {{"reason", "no server answers; what was known is used"}});
    silent_until_ = now + silence_kept;
}

void flights::landed(const question& q, const std::shared_ptr<flight>& f, const channel::ending& how) {
    --with_servers_;
    f->via.reset();
    const auto now = steady_clock::now();
    if (how.heard) {
        heard_at_ = now;
        silent_until_ = {};
    } else {
        note_silence(*f, now);
    }
    std::string problem = "no answer";
    if (how.answer) {
        auto parsed = parse_reply(*how.answer, q);
        if (parsed) {
            f->outcome.emplace(std::move(*parsed));
            f->outcome->authentic = f->outcome->authentic && f->authentic_counts;
        } else {
            problem = parsed.error().text;
        }
    }
    if (!f->outcome) {
        failed_.add();
        log::debug("dns.failed", {{"name", q.name}, {"reason", problem}});
        known.failed(q, now);
    } else if (f->generation == generation_) {
        known.store(q, *f->outcome, now);
    }
    f->done.set();
    all_.erase(q);
    while (with_servers_ < max_with_servers && !waiting_.empty()) {
        auto [next, waiter] = std::move(waiting_.front());
        waiting_.pop_front();
        take_off(next, waiter);
    }
}

void flights::flush() {
    known.expire();
    silent_until_ = {};
    ++generation_;
    seen_file_ = "flushed";
    looked_at_ = {};
}

}  // namespace stox::dns
