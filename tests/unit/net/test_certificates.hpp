// SPDX-License-Identifier: Apache-2.0
// Test support: certificates made by OpenSSL in the test itself, and a directory that lasts as long as the
// test.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "net/openssl_ptr.hpp"

namespace stox::net::test {

struct issued {
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;
    std::string certificate_pem() const;
    std::string key_pem() const;
};

struct request {
    std::string common_name = "test";
    std::vector<std::string> alternative_names;  // OpenSSL's syntax: "DNS:example.com"
    long from_seconds = -86400;                  // from now
    long until_seconds = 86400;
    bool authority = false;
    bool server_only = false;  // extendedKeyUsage serverAuth and nothing else
    int rsa_bits = 0;          // 0: ECDSA P-256
    bool sha1 = false;
};

/// A certificate signed by `issuer`, or by itself.
issued issue(const request& wanted, const issued* issuer = nullptr);

/// otherName entries of RFC 4985 and RFC 6120 section 13.7.1.4 for request::alternative_names.
std::string srv_name(const std::string& name);
std::string xmpp_addr(const std::string& name);

class temporary_directory {
  public:
    temporary_directory();
    ~temporary_directory();
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    const std::filesystem::path& path() const { return path_; }
    /// Writes a file, making its folder, with a new time stamp.
    void write(const std::string& name, const std::string& text) const;

  private:
    std::filesystem::path path_;
};

/// Makes `authority` the only root of this process until the end of the test (SSL_CERT_FILE).
class trusted_root {
  public:
    trusted_root(const temporary_directory& directory, const issued& authority);
    ~trusted_root();
    trusted_root(const trusted_root&) = delete;
    trusted_root& operator=(const trusted_root&) = delete;
};

}  // namespace stox::net::test
