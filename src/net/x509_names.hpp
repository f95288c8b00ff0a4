// SPDX-License-Identifier: Apache-2.0
// Internal to net: what a certificate says about itself, as plain values.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "net/openssl_ptr.hpp"
#include "net/tls_peer.hpp"

namespace stox::net {

/// The subjectAltName entries of the four kinds; entries with NUL or other control bytes are left out.
certificate_names names_in(const X509& certificate);

/// SHA-256 over the DER form, raw bytes.
std::string fingerprint_of(const X509& certificate);

/// SHA-256 over the SubjectPublicKeyInfo, raw bytes (TLSA selector 1).
std::string key_fingerprint_of(const X509& certificate);

wall_time to_wall_time(const ASN1_TIME* time);

}  // namespace stox::net
