// SPDX-License-Identifier: Apache-2.0
#include "net/certificate_set.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "base/text.hpp"
#include "net/tls_context.hpp"
#include "net/tls_peer.hpp"

namespace stox::net {

namespace {

namespace fs = std::filesystem;
using loaded = certificate_store::loaded;

bool names_exactly(const certificate_names& names, std::string_view domain) {
    const auto equal = [&](const auto& name) { return iequals(name, domain); };
    if (std::any_of(names.dns.begin(), names.dns.end(), equal)) return true;
    if (std::any_of(names.xmpp_addr.begin(), names.xmpp_addr.end(), equal)) return true;
    return covers(names, domain, "sips");
}

bool names_at_all(const certificate_names& names, std::string_view domain) {
    return covers(names, domain, "xmpp-server") || covers(names, domain, "xmpp-client") ||
           names_exactly(names, domain);
}

bool in_time(const certificate_info& info, wall_time now) {
    return info.not_before <= now && now <= info.not_after;
}

// How good the pair is for the domain; 0 means not at all.
int rank(const certificate_info& info, std::string_view domain, wall_time now) {
    if (!names_at_all(info.names, domain)) return 0;
    int out = 1;
    if (in_time(info, now)) out += 4;
    if (names_exactly(info.names, domain)) out += 2;
    if (info.chain_valid) out += 1;
    return out;
}

std::string date_text(wall_time time) {
    const auto seconds_since = wall_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds_since, &parts);
    char text[32];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return std::string(text, length);
}

void remark_on_dates(const certificate_info& info, wall_time now, loaded& out) {
    if (now > info.not_after)
        out.remarks.push_back(info.source + ": expired on " + date_text(info.not_after));
    else if (now < info.not_before)
        out.remarks.push_back(info.source + ": not valid before " + date_text(info.not_before));
}

void read_pair(const pair_files& files, loaded& out) {
    auto pair = load_pair(files);
    if (!pair) {
        out.failures.push_back({files.chain.string(), pair.error().text});
        return;
    }
    // What OpenSSL would refuse in a handshake (a short key, a weak signature) is refused here.
    if (const auto context = make_context(*pair, nullptr); !context) {
        out.failures.push_back({files.chain.string(), context.error().text});
        return;
    }
    pair->info.chain_valid = chain_problem(*pair, out.trust.get()).empty();
    remark_on_dates(pair->info, wall_clock::now(), out);
    out.pairs.push_back(std::move(*pair));
}

void note_unreadable(const fs::path& directory, loaded& out) {
    std::error_code ec;
    const fs::directory_iterator probe(directory, ec);
    if (ec && ec != std::errc::no_such_file_or_directory)
        out.failures.push_back({directory.string(), directory.string() + ": " + ec.message()});
}

void add_stamp(const fs::path& path, std::string& out) {
    // The inode and ctime too: a rename keeps size and mtime, and chmod or chgrp may be what was missing.
    struct stat s {};
    out += path.string();
    if (stat(path.c_str(), &s) == 0)
        for (const auto n :
             {static_cast<std::int64_t>(s.st_ino), static_cast<std::int64_t>(s.st_size),
              static_cast<std::int64_t>(s.st_mtim.tv_sec), static_cast<std::int64_t>(s.st_mtim.tv_nsec),
              static_cast<std::int64_t>(s.st_ctim.tv_sec), static_cast<std::int64_t>(s.st_ctim.tv_nsec),
              static_cast<std::int64_t>(s.st_mode), static_cast<std::int64_t>(s.st_gid)})
            out += ' ' + std::to_string(n);
    out += '\n';
}

fs::path trust_path(const char* variable, const char* standard) {
    const char* chosen = secure_getenv(variable);
    return chosen != nullptr ? chosen : standard;
}

bool replaced(const certificate_info& info, const loaded& next, wall_time now) {
    return std::all_of(info.names.dns.begin(), info.names.dns.end(),
                       [&](const auto& name) { return next.find(name, now) != nullptr; });
}

}  // namespace

const certificate_pair* loaded::find(std::string_view domain, wall_time now) const {
    const certificate_pair* best = nullptr;
    int best_rank = 0;
    for (const auto& pair : pairs) {
        const int this_rank = rank(pair.info, domain, now);
        if (this_rank <= best_rank) continue;
        best = &pair;
        best_rank = this_rank;
    }
    return best;
}

bool loaded::holds_valid_for(std::string_view domain, wall_time now) const {
    return std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
        return pair.info.chain_valid && in_time(pair.info, now) && names_at_all(pair.info.names, domain);
    });
}

std::shared_ptr<loaded> read_certificates_from(const std::vector<fs::path>& directories) {
    auto out = std::make_shared<loaded>();
    out->trust = load_trust();
    for (const auto& directory : directories) {
        note_unreadable(directory, *out);
        for (const auto& files : find_pairs(directory)) read_pair(files, *out);
    }
    return out;
}

std::string stamp_of(const std::vector<fs::path>& directories) {
    std::string out;
    for (const auto& directory : directories) {
        for (const auto& files : find_pairs(directory)) {
            add_stamp(files.chain, out);
            if (files.key != files.chain) add_stamp(files.key, out);
        }
    }
    add_stamp(trust_path(X509_get_default_cert_file_env(), X509_get_default_cert_file()), out);
    add_stamp(trust_path(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()), out);
    return out;
}

std::shared_ptr<const loaded> merged(const loaded* before, const loaded& next,
                                     std::vector<std::string>& lines) {
    auto out = std::make_shared<loaded>(next);
    lines.insert(lines.end(), next.remarks.begin(), next.remarks.end());
    const auto now = wall_clock::now();
    const auto old_pair = [&](const std::string& source) -> const certificate_pair* {
        if (before == nullptr) return nullptr;
        for (const auto& pair : before->pairs)
            if (pair.info.source == source) return &pair;
        return nullptr;
    };
    const auto has = [&](const std::string& source) {
        return std::any_of(out->pairs.begin(), out->pairs.end(),
                           [&](const auto& pair) { return pair.info.source == source; });
    };
    for (const auto& failure : next.failures) {
        const auto* old = old_pair(failure.source);
        lines.push_back(failure.text + (old != nullptr ? "; the one loaded before stays in use" : ""));
        if (old != nullptr) out->pairs.push_back(*old);
    }
    if (before == nullptr) return out;
    for (const auto& pair : before->pairs) {
        if (has(pair.info.source) || replaced(pair.info, next, now)) continue;
        lines.push_back(pair.info.source + ": gone; the one loaded before stays in use");
        out->pairs.push_back(pair);
    }
    return out;
}

}  // namespace stox::net
