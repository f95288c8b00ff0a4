// SPDX-License-Identifier: Apache-2.0
// Internal to net: the outcome of one reading of the certificate directories and the trust store.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/certificate_pair.hpp"
#include "net/tls.hpp"

namespace stox::net {

class certificate_store::loaded {
  public:
    struct failure {
        std::string source;  // path of the chain file, as certificate_info::source
        std::string text;
    };

    std::vector<certificate_pair> pairs;  // in the order of the directories
    std::vector<failure> failures;        // pairs that cannot be used
    std::vector<std::string> remarks;     // pairs that are used in spite of something
    std::shared_ptr<X509_STORE> trust;

    /// The pair to show for `domain`: one in time before an expired one, a name that equals it before a
    /// wildcard, a trusted one before others, then the first. nullptr when none covers it.
    const certificate_pair* find(std::string_view domain, wall_time now) const;
    /// Whether a trusted pair that is in time names `domain`.
    bool holds_valid_for(std::string_view domain, wall_time now) const;
};

/// Reads the directories and the trust store; blocking.
std::shared_ptr<certificate_store::loaded> read_certificates_from(
    const std::vector<std::filesystem::path>& directories);

/// Names, sizes and times of everything that read_certificates_from() reads, to see that something changed.
std::string stamp_of(const std::vector<std::filesystem::path>& directories);

/// `next`, with the pairs of `before` that it failed to read again or that vanished without a replacement.
/// Appends one line per problem to `lines`.
std::shared_ptr<const certificate_store::loaded> merged(const certificate_store::loaded* before,
                                                        const certificate_store::loaded& next,
                                                        std::vector<std::string>& lines);

}  // namespace stox::net
