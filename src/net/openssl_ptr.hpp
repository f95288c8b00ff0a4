// SPDX-License-Identifier: Apache-2.0
// Internal to net: owners for OpenSSL objects, and the reason of the last failed call in words.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace stox::net {

template <auto Free>
struct openssl_free {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

using ssl_ptr = std::unique_ptr<SSL, openssl_free<SSL_free>>;
using ssl_ctx_ptr = std::unique_ptr<SSL_CTX, openssl_free<SSL_CTX_free>>;
using x509_ptr = std::unique_ptr<X509, openssl_free<X509_free>>;
using x509_store_ptr = std::unique_ptr<X509_STORE, openssl_free<X509_STORE_free>>;
using pkey_ptr = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, openssl_free<BIO_free_all>>;

/// OpenSSL's words for the oldest error of this thread, and the queue emptied; `otherwise` when it is empty.
inline std::string openssl_reason(const char* otherwise = "unknown failure") {
    const auto code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    return reason != nullptr ? reason : otherwise;
}

}  // namespace stox::net
