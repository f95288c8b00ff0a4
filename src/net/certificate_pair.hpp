// SPDX-License-Identifier: Apache-2.0
// Internal to net: a certificate chain with its private key, and where such pairs are found on disk.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/openssl_ptr.hpp"
#include "net/tls.hpp"

namespace stox::net {

/// Own certificate first, then the intermediates. Shared: running handshakes may outlive a reload.
struct certificate_pair {
    std::shared_ptr<X509> certificate;
    std::vector<std::shared_ptr<X509>> intermediates;
    std::shared_ptr<EVP_PKEY> key;
    certificate_info info;
};

/// Where one pair lies; `key` equals `chain` when one file holds both.
struct pair_files {
    std::filesystem::path chain;
    std::filesystem::path key;
};

/// The pairs that a directory offers: *.pem, NAME.crt + NAME.key, NAME/fullchain.pem + NAME/privkey.pem, and
/// fullchain.pem + privkey.pem in the directory itself. Sorted by name.
std::vector<pair_files> find_pairs(const std::filesystem::path& directory);

/// Reads and checks a pair; the error text says which file and why. An expired one is no error here.
result<certificate_pair> load_pair(const pair_files& files);

/// The file's text, or why not; more than 1 MiB is refused.
result<std::string> read_small_file(const std::filesystem::path& path);

/// Whether the key belongs to the certificate.
bool matches(const certificate_pair& pair);

/// Names, dates and self_signed of the pair's certificate.
certificate_info describe(const certificate_pair& pair);

}  // namespace stox::net
