// SPDX-License-Identifier: Apache-2.0
#include "base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace stox {
namespace {

const EVP_MD* algorithm_of(hash algorithm) {
    switch (algorithm) {
        case hash::md5:
            return EVP_md5();
        case hash::sha1:
            return EVP_sha1();
        case hash::sha256:
            return EVP_sha256();
        case hash::sha512_256:
            return EVP_sha512_256();
    }
    return nullptr;
}

std::string to_string(const std::array<unsigned char, EVP_MAX_MD_SIZE>& bytes, unsigned size) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), size);
}

}  // namespace

std::string digest(hash algorithm, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, algorithm_of(algorithm), nullptr) != 1)
        throw std::runtime_error("libcrypto refuses this hash");
    return to_string(out, size);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(),
             &size) == nullptr)
        throw std::runtime_error("libcrypto refuses HMAC-SHA-256");
    return to_string(out, size);
}

bool equal_secrets(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace stox
