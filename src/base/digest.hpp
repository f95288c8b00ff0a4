// SPDX-License-Identifier: Apache-2.0
// Hashes of libcrypto as plain functions, and comparison of secrets in constant time. Results are raw bytes.
#pragma once

#include <string>
#include <string_view>

namespace stox {

enum class hash { md5, sha1, sha256, sha512_256 };

std::string digest(hash algorithm, std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// Takes the same time wherever the first difference is; the lengths are not secret.
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace stox
