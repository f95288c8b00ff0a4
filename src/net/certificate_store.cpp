// SPDX-License-Identifier: Apache-2.0
// The certificates of this host and the OpenSSL contexts made from them. Contexts are made on first use and
// dropped at a reload; connections hold their own reference to the one they started with.
#include <map>
#include <mutex>

#include "base/text.hpp"
#include "net/certificate_set.hpp"
#include "net/self_signed.hpp"
#include "net/tls.hpp"
#include "net/tls_context.hpp"
#include "observe/log.hpp"

namespace stox::net {

namespace {

// Made for domains that our own configuration or DNS names, so this is never reached in good order; past it
// any certificate will do, since a self-made one proves nothing.
constexpr std::size_t most_generated = 256;

}  // namespace

struct certificate_store::state {
    std::vector<std::filesystem::path> directories;
    std::filesystem::path generated_directory;

    std::mutex stamp_mutex;  // load() runs on worker threads
    std::string last_stamp;

    // Signalling thread only.
    std::shared_ptr<const loaded> current = std::make_shared<loaded>();
    std::map<std::string, certificate_pair, std::less<>> generated;  // by domain
    std::map<const X509*, ssl_ctx_ptr> contexts;                     // by the certificate they show

    SSL_CTX* context_of(const certificate_pair& pair);
    const certificate_pair* generated_for(std::string_view domain);
};

SSL_CTX* certificate_store::state::context_of(const certificate_pair& pair) {
    auto& slot = contexts[pair.certificate.get()];
    if (slot) return slot.get();
    auto made = make_context(pair, current->trust.get());
    if (!made) {
        log::error("certificate_unusable", {{"reason", made.error().text}});
        return nullptr;
    }
    slot = std::move(*made);
    return slot.get();
}

const certificate_pair* certificate_store::state::generated_for(std::string_view domain) {
    if (const auto it = generated.find(domain); it != generated.end()) return &it->second;
    if (generated.size() >= most_generated) return &generated.begin()->second;
    auto made = kept_self_signed(generated_directory, domain);
    if (!made) {
        log::warn("certificate_not_made", {{"domain", domain}, {"reason", made.error().text}});
        if (domain == "localhost") return nullptr;
        return generated_for("localhost");
    }
    return &generated.emplace(std::string(domain), std::move(*made)).first->second;
}

certificate_store::certificate_store(std::vector<std::filesystem::path> directories,
                                     std::filesystem::path generated)
    : state_(std::make_unique<state>()) {
    state_->directories = std::move(directories);
    state_->generated_directory = std::move(generated);
}

certificate_store::~certificate_store() = default;

std::shared_ptr<const certificate_store::loaded> certificate_store::load() const {
    // The stamp is taken first: what changes while we read is seen as a change next time.
    auto stamp = stamp_of(state_->directories);
    auto out = read_certificates_from(state_->directories);
    const std::lock_guard lock(state_->stamp_mutex);
    state_->last_stamp = std::move(stamp);
    return out;
}

std::shared_ptr<const certificate_store::loaded> certificate_store::load_if_changed() const {
    const auto stamp = stamp_of(state_->directories);
    {
        const std::lock_guard lock(state_->stamp_mutex);
        if (stamp == state_->last_stamp) return nullptr;
    }
    return load();
}

std::vector<std::string> certificate_store::swap_in(std::shared_ptr<const loaded> next) {
    std::vector<std::string> lines;
    state_->current = merged(state_->current.get(), *next, lines);
    state_->contexts.clear();
    return lines;
}

std::vector<certificate_info> certificate_store::certificates() const {
    std::vector<certificate_info> out;
    for (const auto& pair : state_->current->pairs) out.push_back(pair.info);
    return out;
}

bool certificate_store::holds_valid_for(std::string_view domain) const {
    return state_->current->holds_valid_for(domain, wall_clock::now());
}

void* certificate_store::known_context_for(std::string_view domain) const {
    if (const auto* pair = state_->current->find(domain, wall_clock::now())) return state_->context_of(*pair);
    const auto it = state_->generated.find(domain);
    return it != state_->generated.end() ? state_->context_of(it->second) : nullptr;
}

void* certificate_store::context_for(std::string_view domain) const {
    const auto name = to_lower(domain);
    if (void* context = known_context_for(name)) return context;
    const auto* made = state_->generated_for(name.empty() ? std::string_view("localhost") : name);
    return made != nullptr ? state_->context_of(*made) : nullptr;
}

}  // namespace stox::net
