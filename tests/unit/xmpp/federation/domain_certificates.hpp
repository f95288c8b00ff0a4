// SPDX-License-Identifier: Apache-2.0
// Certificates of the test domains a.test and b.test and their subdomains.
#pragma once

#include <string>

#include "tests/unit/net/test_certificates.hpp"

namespace stox::xmpp::test {

namespace certs = stox::net::test;

// Self-signed certificates: nothing but dialback can prove a domain.
inline void self_signed(const certs::temporary_directory& directory) {
    for (const std::string name : {"a.test", "b.test"}) {
        certs::request wanted;
        wanted.alternative_names = {"DNS:" + name, "DNS:*." + name};
        const auto made = certs::issue(wanted);
        directory.write(name + ".pem", made.certificate_pem() + made.key_pem());
    }
}

inline certs::issued authority() {
    certs::request wanted;
    wanted.authority = true;
    wanted.common_name = "test authority";
    return certs::issue(wanted);
}

// Certificates of a trusted authority, good for servers only, as public authorities issue them.
inline void issued_by(const certs::temporary_directory& directory, const certs::issued& root) {
    for (const std::string name : {"a.test", "b.test"}) {
        certs::request wanted;
        wanted.alternative_names = {"DNS:" + name, "DNS:*." + name};
        wanted.server_only = true;
        const auto made = certs::issue(wanted, &root);
        directory.write(name + ".pem", made.certificate_pem() + made.key_pem());
    }
}

}  // namespace stox::xmpp::test
